"""What tests of the embedded models share."""

from pathlib import Path

import pytest

from agent import models as embedded
from agent.config.folders import models_dir


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of the embedded models; skips where set-up has not fetched them."""
    if problems := embedded.verify():
        pytest.skip(problems[0])  # which names the remedy
    return models_dir()
