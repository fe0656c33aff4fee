"""Where facts go: everyone who watches gets every event, and nobody waits.

What is published is first put on one pile, which costs the same however many watch, and
whoever sleeps is woken. The pile is dealt out when somebody looks, or when it is high.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import trio

from agent.events import Entry, Event, Level

logger = logging.getLogger(__name__)

PILE = 100
"""Entries that are dealt out together at most."""

FAIR = 100
"""Entries that one may read before others have a turn."""


def steady_clock() -> Callable[[], float]:
    """Wall-clock seconds that never jump while we run.

    The clock is read once; from then on it advances with the monotonic clock, so
    that the times of one session can be subtracted from one another.
    """
    offset = time.time() - time.monotonic()
    return lambda: offset + time.monotonic()


class Hub:
    """Stamps events and hands them to every watcher.

    `publish` never blocks: a watcher whose buffer is full misses the event, which
    is warned about once each time it falls behind.
    """

    def __init__(self, session: str, now: Callable[[], float]) -> None:
        self.session = session
        self._now = now
        self._pile: list[Entry] = []
        self._levels = 0
        self._watchers: list[Watcher] = []
        self._closely = 0
        self._asleep: set[Watcher] = set()

    def publish(self, event: Event) -> None:
        level = type(event) is Level
        if level:
            if not self._closely:
                return
            self._levels += 1
        pile = self._pile
        pile.append(Entry(self._now(), self.session, event))
        if self._asleep:
            self._wake(closely=level)
        if len(pile) >= PILE:
            self._deal()

    @contextmanager
    def watching(
        self, buffer: int = 100, *, closely: bool = False
    ) -> Iterator["Watcher"]:
        """Everything published while open, and *closely* even how loud it is; the
        channel is closed at the end."""
        self._deal()
        watcher = Watcher(buffer, self._deal, self._asleep, closely=closely)
        self._watchers.append(watcher)
        self._closely += closely
        try:
            yield watcher
        finally:
            self._deal()
            self._watchers.remove(watcher)
            self._closely -= closely
            watcher.end()

    def _wake(self, *, closely: bool) -> None:
        for watcher in [*self._asleep]:
            if watcher.closely or not closely:
                watcher.wake()

    def _deal(self) -> None:
        if not self._pile:
            return
        pile, self._pile = self._pile, []
        heard = pile
        if self._levels:
            self._levels = 0
            heard = [entry for entry in pile if not isinstance(entry.event, Level)]
        for watcher in self._watchers:
            watcher.take(pile if watcher.closely else heard)


class Watcher(trio.abc.ReceiveChannel[Entry]):
    """What one who watches has not read yet: at most *room* entries, the oldest first.

    To read is a checkpoint only now and then, for many entries may come at once.
    """

    def __init__(
        self,
        room: int,
        deal: Callable[[], None],
        asleep: set["Watcher"],
        *,
        closely: bool,
    ) -> None:
        self.closely = closely
        self._room = max(1, room)
        self._deal = deal
        self._asleep = asleep
        self._inbox: deque[Entry] = deque()
        self._lot = trio.lowlevel.ParkingLot()
        self._missed = 0
        self._read = 0
        self._ended = False
        self._closed = False

    async def receive(self) -> Entry:
        if not self._inbox or self._read >= FAIR:
            await self._filled()
        self._read += 1
        return self._inbox.popleft()

    async def __anext__(self) -> Entry:
        """As `receive`, without a call between."""
        if not self._inbox or self._read >= FAIR:
            try:
                await self._filled()
            except trio.EndOfChannel:
                raise StopAsyncIteration from None
        self._read += 1
        return self._inbox.popleft()

    async def batch(self) -> list[Entry]:
        """Wait for an entry, and have it with all that have come with it."""
        await self._filled()
        return self.batch_nowait()

    def receive_nowait(self) -> Entry:
        """Raises `trio.WouldBlock` when nothing is there, `trio.EndOfChannel` at the end."""
        self._look()
        if not self._inbox:
            raise trio.WouldBlock
        return self._inbox.popleft()

    def batch_nowait(self) -> list[Entry]:
        """All that is there; raises `trio.EndOfChannel` at the end."""
        self._look()
        found = [*self._inbox]
        self._inbox.clear()
        return found

    async def _filled(self) -> None:
        self._read = 0
        self._look()
        if self._inbox:
            await trio.lowlevel.checkpoint()
        while not self._inbox:  # another task may be quicker
            self._asleep.add(self)
            try:
                await self._lot.park()
            finally:
                self._asleep.discard(self)
            self._look()

    def _look(self) -> None:
        if self._closed:
            raise trio.ClosedResourceError
        if not self._ended:
            self._deal()
        elif not self._inbox:
            raise trio.EndOfChannel

    def take(self, entries: Sequence[Entry]) -> None:
        """Room or no room."""
        if self._closed or not entries:
            return
        taken = entries[: max(0, self._room - len(self._inbox))]
        if taken and self._missed:
            logger.warning("a watcher missed %d events", self._missed)
            self._missed = 0
        self._inbox.extend(taken)
        if len(taken) < len(entries):
            if not self._missed:
                logger.warning("a watcher is too slow and misses events")
            self._missed += len(entries) - len(taken)

    def wake(self) -> None:
        """There is something to read, or nothing will come any more."""
        self._asleep.discard(self)
        self._lot.unpark_all()

    def end(self) -> None:
        """What is there can still be read."""
        self._ended = True
        self.wake()

    def close(self) -> None:
        """Read no more."""
        self._closed = True
        self._inbox.clear()
        self.wake()

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()
