"""What happens, told to pages as server-sent events.

There is one watcher of the hub, however many pages are open. A page that was away asks
for what it missed by the number of the last thing that it was told; where that is too
long ago, it is told to begin anew. A page is a number here: one that is slow costs
nothing, and hears of the latest level only.
"""

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec
import trio

from agent.control.standing import Standing
from agent.events import Entry, Level
from agent.wire import encode

KEPT = 2000
"""Events that can be asked for again."""
PACE = 0.08
"""Seconds between two messages to a page: what happens meanwhile goes with the next."""
PULSE = 1.0
"""Seconds between two looks at how everything is, while a page is open."""
QUIET = 15.0
"""Seconds after which a page is told that we are still there."""
MOST_PAGES = 16


class Feed:
    """Of the session named *session*; `follow` and `pulse` have to be running."""

    def __init__(self, session: str) -> None:
        self.pages = 0
        self._session = session[:12]
        self._kept: deque[bytes] = deque(maxlen=KEPT)
        self._count = 0
        self._level = b""
        self._standing = b""
        self._levels = self._standings = 0
        self._news = trio.Event()
        self._watched = trio.Event()

    @property
    def last(self) -> str:
        """The name of the latest event."""
        return self._named(self._count)

    async def follow(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        """Keep what is published, until *entries* end."""
        async for entry in entries:
            if isinstance(entry.event, Level):
                self._level, self._levels = encode(entry), self._levels + 1
            else:
                self._count += 1
                self._kept.append(encode(entry))
            self._tell()

    async def pulse(self, standing: Callable[[], Awaitable[Standing]]) -> None:
        """While a page is open, see how everything is."""
        while True:
            await self._watched.wait()
            found = msgspec.json.encode(await standing())
            if found != self._standing:
                self._standing, self._standings = found, self._standings + 1
                self._tell()
            await trio.sleep(PULSE)

    async def told(self, last: str) -> AsyncGenerator[bytes, None]:
        """What there is to tell a page that knows of all up to *last*, as it happens."""
        self._opened()
        try:
            count = self._known(last)
            if count is None:
                count = self._count
                yield _message("reset", b"{}", self._named(count))
            seen = (0, 0)
            while True:
                news = self._news
                if message := self._since(count, seen):
                    count, seen = self._count, (self._standings, self._levels)
                    yield message
                    await trio.sleep(PACE)
                with trio.move_on_after(QUIET) as silence:
                    await news.wait()
                if silence.cancelled_caught:
                    yield b": still here\n\n"
        finally:
            self._closed()

    def _since(self, count: int, seen: tuple[int, int]) -> bytes:
        """What is new to a page that knows *count* events, and has *seen* so many
        standings and levels."""
        found = []
        missed = self._count - count
        if missed > len(self._kept):
            found.append(_message("reset", b"{}", self.last))
        else:
            for back in range(missed, 0, -1):
                name = self._named(self._count - back + 1)
                found.append(_message("entry", self._kept[-back], name))
        if seen[0] != self._standings:
            found.append(_message("standing", self._standing))
        if seen[1] != self._levels:
            found.append(_message("level", self._level))
        return b"".join(found)

    def _opened(self) -> None:
        self.pages += 1
        self._watched.set()

    def _closed(self) -> None:
        self.pages -= 1
        if not self.pages:
            self._watched = trio.Event()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    def _named(self, number: int) -> str:
        return f"{self._session}-{number}"

    def _known(self, last: str) -> int | None:
        """The number in *last*, if all that came after it is still there."""
        session, _, number = last.rpartition("-")
        if session != self._session or not (number.isascii() and number.isdecimal()):
            return None
        count = int(number[:18])
        return count if self._count - len(self._kept) <= count <= self._count else None


def _message(kind: str, data: bytes, name: str = "") -> bytes:
    numbered = f"id: {name}\n" if name else ""
    return f"{numbered}event: {kind}\ndata: ".encode() + data + b"\n\n"
