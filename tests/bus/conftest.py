from collections.abc import Iterator

import pytest

from tests.bus.readers import Reader
from tests.rigs.rabbitmq import RabbitMQ


@pytest.fixture
def reader(broker: RabbitMQ) -> Iterator[Reader]:
    """A queue of its own for everything on an exchange of its own."""
    reader = Reader(broker.url)
    yield reader
    reader.remove()
