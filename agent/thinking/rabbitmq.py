"""Workers behind a RabbitMQ: they share the questions of all agents, and each answer
returns to the agent that asked."""

import logging
import random
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import msgspec
import trio

from agent.bus.channel import Channel, Delivery, Outcome, Post
from agent.bus.connection import connected
from agent.bus.identity import Identity, identity_of
from agent.config import Config
from agent.config.broker import broker_of
from agent.core.envelope import Ack, Chunk, Envelope, Response, opened
from agent.core.restarts import Restarts
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Letter, Question
from agent.thinking.asking import AskingMind
from agent.thinking.request import encoded

FIRST_TRY_WITHIN = 2.0
"""Seconds that a question asked right after the start waits for the connection."""

LONGEST_REST = 2.0
"""Seconds between two tries at most: a question may be waiting."""

KNOWN_WITHIN = 3.0
"""Seconds for the broker to say whether anyone takes questions."""

KEEP_ANSWERS = 600_000
"""Milliseconds for which answers wait while nobody is connected."""

_PIECES = 1000
"""Messages that may wait for whoever asked."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_work_queue(config: Config) -> AsyncIterator[AskingMind]:
    """It is connected, and connected again, for as long as it is open."""
    queue = WorkQueue(config, identity_of(config.agent))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(queue.stay_connected)
        yield AskingMind("workers", queue, config.workflow.deadline)
        nursery.cancel_scope.cancel()


class WorkQueue:
    """`stay_connected` has to run for as long as it is used."""

    shown = "the broker of the workers"
    acks = False

    def __init__(self, config: Config, identity: Identity) -> None:
        self.why = "it is not connected yet"
        self._broker = broker_of(config.rabbitmq.url)
        self._turns = config.rabbitmq.turns
        self._expiration = f"{round(1000 * config.workflow.deadline)}"
        self._headers = {"agent_id": identity.id, "room": identity.room}
        # One a process: two agents with one name must not take each other's answers.
        own = f"{identity.id}.{secrets.token_hex(4)}"
        self._answers = f"{config.rabbitmq.turns}.answers.{own}"
        self._channel: Channel | None = None
        self._tried = trio.Event()
        self._asked: dict[str, trio.MemorySendChannel[Envelope]] = {}

    async def ready(self) -> None:
        """Raises `Unavailable` when it is away, or when no worker is there."""
        with trio.move_on_after(FIRST_TRY_WITHIN):
            await self._tried.wait()
        with trio.move_on_after(KNOWN_WITHIN):
            if await self._there().consumers(self._turns):
                return
            raise Unavailable(
                f"no worker takes from the queue {self._turns}", absent=True
            )
        raise Unavailable(f"{self._broker.shown} does not answer", absent=True)

    @contextmanager
    def answers(self, id: str) -> Iterator[trio.MemoryReceiveChannel[Envelope]]:
        """What comes for the question *id*; it ends when the connection does."""
        send, receive = trio.open_memory_channel[Envelope](_PIECES)
        self._asked[id] = send
        with send, receive:
            try:
                yield receive
            finally:
                self._asked.pop(id, None)

    async def put(self, question: Question) -> None:
        """Persistent, and of no use to a worker when nobody waits for it any more."""
        post = Post("", self._answers, question.id, self._expiration, self._headers)
        letter = Letter(question.id, self._turns, encoded(question), question.asked_at)
        self._there().publish([letter], post, self._sent)
        await trio.lowlevel.checkpoint()

    async def cancel(self, id: str) -> None:  # noqa: ARG002 # as a `Line` does
        """A worker cannot be called back: its answer will find nobody."""
        await trio.lowlevel.checkpoint()

    def _sent(self, letter: Letter, outcome: Outcome) -> None:
        if outcome != "routed" and (asked := self._asked.get(letter.id)) is not None:
            self.why = f"the queue {self._turns} did not take a question"
            asked.close()

    def _there(self) -> Channel:
        if self._channel is None:
            raise Unavailable(f"{self.shown} is away: {self.why}", absent=True)
        return self._channel

    async def stay_connected(self) -> None:
        """For ever: with full jitter between two tries."""
        restarts = Restarts(ceiling=LONGEST_REST)
        while True:
            try:
                await self._connection(restarts)
            except AgentError as exc:
                self.why = str(exc)
                logger.info("%s: %s", self.shown, exc)
            self._tried.set()
            await trio.sleep(restarts.unavailable(trio.current_time(), random.random()))

    async def _connection(self, restarts: Restarts) -> None:
        async with connected(self._broker, "tonny-agent questions") as connection:
            channel = await connection.channel(confirms=True)
            await channel.declare_queue(self._turns)
            await channel.declare_queue(self._answers, **{"x-expires": KEEP_ANSWERS})
            deliveries = await channel.consume(self._answers, at_once=100)
            restarts.up(trio.current_time())
            self._channel = channel
            self._tried.set()
            try:
                async for delivery in deliveries:
                    self._pass_on(_envelope(delivery))
                    channel.settle(delivery, good=True)
            finally:
                self._channel = None
                for asked in self._asked.values():
                    asked.close()

    def _pass_on(self, envelope: Envelope) -> None:
        """To whoever asked, if they still wait."""
        if not isinstance(envelope, Ack | Chunk | Response):
            return
        if (asked := self._asked.get(envelope.id)) is not None:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                try:
                    asked.send_nowait(envelope)
                except trio.WouldBlock:
                    asked.close()  # nobody says that much


def _envelope(delivery: Delivery) -> Envelope:
    """A worker answers as a webhook does, or in pieces as a WebSocket does; which question
    it is about, the message says beside that."""
    asked = delivery.correlation_id
    try:
        found = msgspec.json.decode(delivery.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Response(asked, delivery.body.decode("utf-8", "replace"))
    kind = found.get("type") if isinstance(found, dict) else None
    if kind not in {"ack", "chunk", "stream", "response", "error"}:
        return Response(asked, found)
    with suppress(Refused):
        envelope = opened(delivery.body)
        if isinstance(envelope, Ack | Chunk | Response):
            return msgspec.structs.replace(envelope, id=asked)
    return Response(asked, None, "it sent what is no answer")
