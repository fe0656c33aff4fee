"""Where facts go: everyone who watches gets every event, and nobody waits."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio

from agent.events import Entry, Event, Level

logger = logging.getLogger(__name__)


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
        self._watchers: dict[trio.MemorySendChannel[Entry], int] = {}
        self._close: set[trio.MemorySendChannel[Entry]] = set()

    def publish(self, event: Event) -> None:
        entry = Entry(self._now(), self.session, event)
        to_all = not isinstance(event, Level)
        for watcher, missed in self._watchers.items():
            if not (to_all or watcher in self._close):
                continue
            try:
                watcher.send_nowait(entry)
            except (trio.WouldBlock, trio.BrokenResourceError):
                self._watchers[watcher] = missed + 1
                if not missed:
                    logger.warning("a watcher is too slow and misses events")
            else:
                if missed:
                    logger.warning("a watcher missed %d events", missed)
                    self._watchers[watcher] = 0

    @contextmanager
    def watching(
        self, buffer: int = 100, *, closely: bool = False
    ) -> Iterator[trio.MemoryReceiveChannel[Entry]]:
        """Everything published while open, and *closely* even how loud it is; the
        channel is closed at the end."""
        send, receive = trio.open_memory_channel[Entry](buffer)
        self._watchers[send] = 0
        if closely:
            self._close.add(send)
        try:
            yield receive
        finally:
            del self._watchers[send]
            self._close.discard(send)
            send.close()
