"""The service that takes commands from the broker."""

import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
import trio

from agent.bus.channel import Channel, Delivery, Outcome, Post
from agent.bus.connection import connected
from agent.bus.identity import Identity
from agent.bus.orders import Ask, Order, read
from agent.config.broker import Broker, broker_of
from agent.config.settings import RabbitMQ
from agent.errors import AgentError, Refused
from agent.ports import Letter

NAME = "rabbitmq-commands"

AT_A_TIME = 8
"""Commands of one queue that are being carried out, or wait here for that."""

BUG = b'{"reply":"failed","code":"bug","reason":"that went wrong; the log says where"}'

CarryOut: TypeAlias = Callable[[Order], Awaitable[bytes]]
"""What is replied when it is done; raises `AgentError` when that cannot be."""

logger = logging.getLogger(__name__)


class Taking(msgspec.Struct, frozen=True):
    """Where commands come from, and for whom."""

    settings: RabbitMQ
    identity: Identity

    @property
    def broker(self) -> Broker:
        return broker_of(self.settings.url)

    @property
    def own(self) -> str:
        """The queue of this agent; the other one is for whoever is free."""
        return f"{self.settings.commands}.{self.identity.id}"

    @property
    def dead(self) -> str:
        """The queue of what was no command, or could not be done; and its exchange."""
        return f"{self.settings.commands}.dead"

    @property
    def keys(self) -> list[str]:
        """The routing keys of commands for this agent."""
        every, identity = f"{self.settings.prefix}.command", self.identity
        room = [f"{every}.room.{identity.room}"] if identity.room else []
        return [f"{every}.{identity.id}", *room]


async def take_commands(
    taking: Taking,
    carry_out: CarryOut,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Carry out what comes, until the connection is lost; a command is acknowledged when
    it is done, and is a dead letter when it cannot be.

    Raises `Unavailable` or `Refused` with the reason.
    """
    async with connected(taking.broker, "tonny-agent commands") as connection:
        channel = await connection.channel(confirms=True)
        await _declare(channel, taking)
        worker = _Worker(channel, carry_out, taking.identity)
        async with trio.open_nursery() as nursery:
            for queue in (taking.settings.commands, taking.own):
                deliveries = await channel.consume(queue, AT_A_TIME)
                nursery.start_soon(worker.work, deliveries, nursery)
            task_status.started(f"{taking.broker.shown}, {taking.settings.commands}")


async def _declare(channel: Channel, taking: Taking) -> None:
    settings, dead = taking.settings, taking.dead
    await channel.expect_exchange(settings.exchange)
    await channel.declare_exchange(dead, "fanout")
    await channel.declare_queue(dead)
    await channel.bind(dead, dead, "")
    for queue in (settings.commands, taking.own):
        await channel.declare_queue(queue, **{"x-dead-letter-exchange": dead})
    shared = f"{settings.prefix}.command"
    await channel.bind(settings.commands, settings.exchange, shared)
    for key in taking.keys:
        await channel.bind(taking.own, settings.exchange, key)


class _Worker:
    """Carries out one command after the other; only questions are waited for beside."""

    def __init__(
        self, channel: Channel, carry_out: CarryOut, identity: Identity
    ) -> None:
        self._channel = channel
        self._carry_out = carry_out
        self._headers = {"agent_id": identity.id, "room": identity.room}

    async def work(
        self, deliveries: trio.MemoryReceiveChannel[Delivery], nursery: trio.Nursery
    ) -> None:
        async for delivery in deliveries:
            try:
                order = read(delivery.body)
            except Refused as exc:
                self._finish(delivery, _failed("malformed", exc), good=False)
                continue
            if isinstance(order, Ask):
                nursery.start_soon(self._do, delivery, order)
            else:
                await self._do(delivery, order)

    async def _do(self, delivery: Delivery, order: Order) -> None:
        try:
            reply = await self._carry_out(order)
        except AgentError as exc:
            self._finish(delivery, _failed("refused", exc), good=False)
        except Exception:  # one command's bug must not end the others
            logger.exception("%s went wrong", type(order).__name__)
            self._finish(delivery, BUG, good=False)
        else:
            self._finish(delivery, reply, good=True)

    def _finish(self, delivery: Delivery, reply: bytes, *, good: bool) -> None:
        if not good:
            logger.warning(
                "a command from RabbitMQ is a dead letter: %s", reply.decode()
            )
        if delivery.reply_to:
            letter = Letter(str(uuid.uuid4()), delivery.reply_to, reply, time.time())
            post = Post(
                "",
                correlation_id=delivery.correlation_id or delivery.message_id,
                headers=self._headers,
            )
            self._channel.publish([letter], post, _replied)
        self._channel.settle(delivery, good=good)


def _replied(letter: Letter, outcome: Outcome) -> None:
    if outcome != "routed":
        logger.warning("nobody waits any more for the reply to %s", letter.key)


def _failed(code: str, exc: AgentError) -> bytes:
    return msgspec.json.encode({"reply": "failed", "code": code, "reason": str(exc)})
