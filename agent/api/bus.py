"""RabbitMQ by itself: publish a message, and know whether a queue has it."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio

from agent.api.settings import configure
from agent.bus.channel import Channel, Post
from agent.bus.connection import Connection, connected
from agent.config.broker import broker_of
from agent.errors import Refused, Unavailable, unwrapped
from agent.ports import Letter

CONFIRMED_WITHIN = 10.0
"""Seconds for the broker to have it."""


class Bus:
    """A connection to one broker; made by `open_bus`. Once that is lost, so is this."""

    def __init__(self, connection: Connection, channel: Channel, exchange: str) -> None:
        self._connection = connection
        self._channel = channel
        self._exchange = exchange

    async def publish(self, routing_key: str, message: object) -> bool:
        """Send *message*, anything that has a form in JSON, to the exchange; returns once
        the broker has it: True if a queue took it too, False if nobody wanted it.

        Raises `Unavailable` when the broker is slow or blocked (it may have it all the
        same), and `Refused` when it does not take this.
        """
        letter = Letter(
            str(uuid.uuid4()), routing_key, msgspec.json.encode(message), time.time()
        )
        with trio.move_on_after(CONFIRMED_WITHIN):
            outcome = await self._channel.send(letter, Post(self._exchange))
            if outcome == "not taken":
                raise Refused(f"{self._connection.broker.shown} did not take it")
            return outcome == "routed"
        why = self._connection.blocked or "it is slow"
        raise Unavailable(
            f"{self._connection.broker.shown} has not confirmed it: {why}"
        )


@asynccontextmanager
async def open_bus(url: str, exchange: str = "amq.topic") -> AsyncIterator[Bus]:
    """The broker at *url* (``amqp://user:password@host/``).

    Raises `Misconfigured` for what is no such address, `Unavailable` when nobody is
    there, and `Refused` when it does not let us in or has no such *exchange*.
    """
    settings = configure(rabbitmq={"url": url, "exchange": exchange}).rabbitmq
    with unwrapped():
        async with connected(broker_of(settings.url), "tonny-agent api") as connection:
            channel = await connection.channel(confirms=True)
            await channel.expect_exchange(settings.exchange)
            yield Bus(connection, channel, settings.exchange)
