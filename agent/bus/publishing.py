"""The service that publishes what happens, for as long as there is a broker."""

import logging
import time
from collections.abc import Callable

import msgspec
import trio

from agent.bus.channel import Channel, Outcome, Post
from agent.bus.connection import Connection, connected
from agent.config.broker import Broker
from agent.errors import Unavailable
from agent.events import Event, Lost, Measured, Ready
from agent.ports import Letter, Letterbox

NAME = "rabbitmq"

BATCH = 250
"""Letters read from the disk, and handed to the broker, at a time."""

IN_FLIGHT = 1000
"""Letters that the broker may have without having confirmed them."""

CONFIRMED_WITHIN = 30.0
"""Seconds without any confirmation, while some are due, after which it is stuck."""

logger = logging.getLogger(__name__)


class Tally(msgspec.Struct):
    """What has become of everything since the start."""

    published: int = 0
    unroutable: int = 0

    def count(self, key: str, outcome: Outcome) -> None:
        """Nobody being there to read is said once: that may be as it should be."""
        self.published += 1
        if outcome == "unroutable":
            if not self.unroutable:
                logger.warning("no queue at the broker takes %s, and maybe others", key)
            self.unroutable += 1


class Publishing(msgspec.Struct, frozen=True):
    """What is published, and how; what became of it is told every *interval* seconds."""

    broker: Broker
    exchange: str
    letters: Letterbox
    keep_for: float
    interval: float
    tally: Tally


async def publish_letters(
    publishing: Publishing,
    publish: Callable[[Event], None],
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Send what is in the letterbox, in order, until the connection is lost; a letter
    leaves it when the broker has confirmed that it has it.

    Raises `Unavailable` or `Refused` with the reason.
    """
    old = await publishing.letters.tidy(time.time() - publishing.keep_for)
    if old:
        logger.warning(
            "%d events were too old to be published (rabbitmq.keep_for)", old
        )
    async with connected(publishing.broker, "tonny-agent events") as connection:
        channel = await connection.channel(confirms=True)
        await channel.expect_exchange(publishing.exchange)
        where = f"{publishing.broker.shown}, {publishing.exchange}"
        task_status.started(where)
        flow = _Flow(publishing, connection, channel)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(flow.heed_blocks, where, publish)
                nursery.start_soon(flow.forget)
                nursery.start_soon(flow.watch)
                nursery.start_soon(_measure, publishing, publish)
                await flow.send()
        finally:
            with trio.CancelScope(shield=True):
                await flow.forget_now()


async def _measure(publishing: Publishing, publish: Callable[[Event], None]) -> None:
    tally = publishing.tally
    while True:
        detail = {"published": tally.published}
        publish(Measured("rabbitmq.unroutable", tally.unroutable, {**detail}))
        await trio.sleep(publishing.interval)


class _Flow:
    """Two streams side by side: letters to the broker, and its confirmations."""

    def __init__(
        self, publishing: Publishing, connection: Connection, channel: Channel
    ) -> None:
        self._letters = publishing.letters
        self._tally = publishing.tally
        self._connection = connection
        self._channel = channel
        self._post = Post(publishing.exchange)
        self._flying = 0
        self._taken: list[int] = []
        self._moved = trio.Event()
        self._refused = False

    async def send(self) -> None:
        """For ever; waits while the broker is blocked, or has enough to do."""
        last = 0
        while True:
            news = self._letters.news()
            letters = await self._letters.after(last, BATCH)
            if not letters:
                await news.wait()
                continue
            while self._connection.blocked or self._flying > IN_FLIGHT - BATCH:
                await self._moved.wait()
            self._flying += len(letters)
            last = letters[-1].number
            self._channel.publish(letters, self._post, self._told)

    def _told(self, letter: Letter, outcome: Outcome) -> None:
        self._flying -= 1
        if outcome == "not taken":
            self._refused = True
        else:
            self._taken.append(letter.number)
            self._tally.count(letter.key, outcome)
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = trio.Event()

    async def forget(self) -> None:
        """What the broker has need not be kept; raises `Unavailable` when it did not take
        something, for what follows has to wait for that."""
        while True:
            if self._refused:
                raise Unavailable("the broker did not take an event: is a queue full?")
            if not self._taken:
                await self._moved.wait()
            await self.forget_now()

    async def forget_now(self) -> None:
        taken, self._taken = self._taken, []
        if taken:
            await self._letters.forget(taken)

    async def watch(self) -> None:
        """Raises `Unavailable` when nothing is confirmed that should be."""
        while True:
            if self._connection.blocked or not self._flying:
                await self._moved.wait()
                continue
            with trio.move_on_after(CONFIRMED_WITHIN) as waiting:
                await self._moved.wait()
            if waiting.cancelled_caught and not self._connection.blocked:
                raise Unavailable(
                    f"the broker has confirmed nothing for {CONFIRMED_WITHIN:.0f} s"
                )

    async def heed_blocks(self, where: str, publish: Callable[[Event], None]) -> None:
        """A broker with too little memory or disk takes nothing for a while."""
        while True:
            await self._connection.turned()
            if why := self._connection.blocked:
                publish(Lost(NAME, f"the broker takes nothing now: {why}", 0.0))
            else:
                publish(Ready(NAME, where))
            self._wake()
