"""RabbitMQ by itself, as a program that embeds Tonny has it."""

import json

import pika
import pytest

import agent
from tests.rigs.rabbitmq import RabbitMQ


async def test_a_message_is_routed_or_nobody_wants_it(broker: RabbitMQ) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "amq.topic", "thread.tonny.test")
    async with agent.open_bus(broker.url) as bus:
        assert await bus.publish("thread.tonny.test", {"message": "test"})
        assert not await bus.publish("nobody.wants.this", {"message": "test"})
    _, properties, body = channel.basic_get(queue, auto_ack=True)
    assert json.loads(body) == {"message": "test"}
    assert properties.message_id
    connection.close()


async def test_an_exchange_that_is_not_there_is_refused(broker: RabbitMQ) -> None:
    with pytest.raises(agent.Refused, match="nowhere"):
        async with agent.open_bus(broker.url, exchange="nowhere"):
            pass


async def test_a_broker_that_is_away_or_no_address_is_an_error_of_ours() -> None:
    with pytest.raises(agent.Unavailable):
        async with agent.open_bus("amqp://guest:canary-7741@127.0.0.1:9/"):
            pass
    with pytest.raises(agent.Misconfigured) as wrong:
        async with agent.open_bus("http://guest:canary-7741@127.0.0.1/"):
            pass
    assert "canary" not in str(wrong.value)
