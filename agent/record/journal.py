"""Writes down everything that happens, in the order in which it happened."""

import logging
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Protocol

import trio

from agent.errors import Unavailable
from agent.events import Entry
from agent.hub import Watcher

logger = logging.getLogger(__name__)

BATCH = 500
"""Entries of one transaction: a commit takes milliseconds, however many they are."""

ROOM = 10_000
"""Entries kept while the disk is full; then the oldest are lost."""

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds until the next try, doubling."""

PATIENCE = 2.0
"""Seconds that the end of the program waits for a full disk."""


class Writer(Protocol):
    async def write(self, entries: Sequence[Entry]) -> None:
        """Return once all are durable; raise `Unavailable` if none of them are."""


async def record(entries: Watcher, store: Writer) -> None:
    """Write *entries* until their channel is closed and nothing is left.

    While the store is `Unavailable` they are kept and tried again. Any other error
    is raised: an agent that forgets is broken.
    """
    backlog = _Backlog(entries)
    while await backlog.wait():
        await _write_all(backlog, store)


async def _write_all(backlog: "_Backlog", store: Writer) -> None:
    """Return when nothing waits, or when it is the end and nothing can be written."""
    pause = FIRST_PAUSE
    give_up_at = float("inf")
    while batch := backlog.oldest(BATCH):
        try:
            await store.write(batch)
        except Unavailable as exc:
            if pause == FIRST_PAUSE:
                logger.warning("events wait to be recorded: %s", exc)
            await trio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            backlog.gather()
            if backlog.ended:
                give_up_at = min(give_up_at, trio.current_time() + PATIENCE)
            if trio.current_time() >= give_up_at:
                break
        else:
            pause = FIRST_PAUSE
            backlog.forget(len(batch))
            backlog.gather()
    backlog.own_up()


class _Backlog:
    """What has happened and is not durable yet, oldest first."""

    def __init__(self, arriving: Watcher) -> None:
        self._arriving = arriving
        self._waiting: deque[Entry] = deque()
        self._lost = 0
        self.ended = False

    async def wait(self) -> bool:
        """Have at least one entry; False when none will come any more."""
        try:
            self._waiting.extend(await self._arriving.batch())
        except trio.EndOfChannel:
            return False
        self.gather()
        return True

    def gather(self) -> None:
        """Take all that has arrived, losing the oldest of too many."""
        try:
            self._waiting.extend(self._arriving.batch_nowait())
        except trio.EndOfChannel:
            self.ended = True
        while len(self._waiting) > ROOM:
            self._waiting.popleft()
            self._lost += 1

    def oldest(self, count: int) -> list[Entry]:
        return list(islice(self._waiting, count))

    def forget(self, count: int) -> None:
        for _ in range(count):
            self._waiting.popleft()

    def own_up(self) -> None:
        """Say how many are not recorded, if any."""
        if lost := self._lost + len(self._waiting):
            logger.error("%d events could not be recorded and are lost", lost)
        self._lost = 0
        self._waiting.clear()
