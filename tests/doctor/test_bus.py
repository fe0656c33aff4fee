"""What is wrong with a broker is told by name."""

import pytest
from msgspec.structs import replace

from agent.config import Config, Secret
from agent.doctor.bus import check_bus
from tests.rigs.rabbitmq import RabbitMQ


def config(url: str, exchange: str = "amq.topic") -> Config:
    settings = replace(
        Config().rabbitmq, enabled=True, url=Secret(url), exchange=exchange
    )
    return replace(Config(), rabbitmq=settings)


async def test_a_broker_that_is_not_used_is_not_looked_for() -> None:
    assert await check_bus(Config()) == []


async def test_a_broker_that_is_there_is_well(broker: RabbitMQ) -> None:
    (found,) = await check_bus(config(broker.url))
    assert (found.code, found.severity) == ("rabbitmq", "ok")
    assert found.title == (
        f"RabbitMQ is there (amqp://127.0.0.1:{broker.port}, amq.topic)."
    )


@pytest.mark.parametrize(
    ("user", "exchange", "code", "said"),
    [
        ("guest:canary", "amq.topic", "rabbitmq.refused", "does not let guest in"),
        ("guest:guest", "none.such", "rabbitmq.refused", "no exchange 'none.such'"),
    ],
)
async def test_what_a_broker_refuses_is_a_fault(
    broker: RabbitMQ, user: str, exchange: str, code: str, said: str
) -> None:
    url = f"amqp://{user}@127.0.0.1:{broker.port}/"
    (found,) = await check_bus(config(url, exchange))
    assert (found.code, found.severity) == (code, "fault")
    assert said in found.title
    assert "canary" not in found.title + found.remedy


async def test_a_broker_that_is_away_is_a_fault() -> None:
    (found,) = await check_bus(config("amqp://127.0.0.1:1/"))
    assert (found.code, found.severity) == ("rabbitmq.away", "fault")
