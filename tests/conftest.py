"""What tests of the embedded models share, and what their child processes inherit."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from agent import models as embedded
from agent.config.folders import models_dir
from tests.rigs.rabbitmq import RabbitMQ, skip_without_rabbitmq

# How long an example takes says more about the machine than about us.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Whoever runs the tests in the background of a shell ignores Ctrl-C, and children would
# inherit that: some are ended by it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of the embedded models; skips where set-up has not fetched them."""
    if problems := embedded.verify():
        pytest.skip(problems[0])  # which names the remedy
    return models_dir()


@pytest.fixture(scope="session")
def broker() -> Iterator[RabbitMQ]:
    """One for all tests, which leave it running: starting it takes seconds."""
    skip_without_rabbitmq()
    with RabbitMQ() as running:
        yield running
