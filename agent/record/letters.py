"""What is to be published, on disk until a broker has it: the letterbox of `agent.ports`."""

import logging
from collections.abc import Sequence

import trio

from agent.ports import Letter
from agent.record.sqlite import sqlite3
from agent.record.store import Store

logger = logging.getLogger(__name__)

_COUNT = "SELECT count(*) FROM letters"
_POST = """
INSERT INTO letters (id, key, body, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""
_AFTER = "SELECT id, key, body, at, seq FROM letters WHERE seq > ? ORDER BY seq LIMIT ?"
_FORGET = "DELETE FROM letters WHERE seq = ?"
_OLDEST = (
    "DELETE FROM letters WHERE seq IN (SELECT seq FROM letters ORDER BY seq LIMIT ?)"
)
_OLD = "DELETE FROM letters WHERE at < ?"


class StoredLetterbox:
    """At most *room* letters, in the record's database; too many push out the oldest.

    Several processes may post, and one forgets: that is the one that runs.
    """

    def __init__(self, store: Store, room: int) -> None:
        self._store = store
        self._room = room
        self._waiting = room  # unknown yet
        self._news = trio.Event()
        self.given_up = 0
        """How many were pushed out."""

    async def post(self, letters: Sequence[Letter]) -> None:
        """Return once all are durable; they are all or none."""
        rows = [(each.id, each.key, each.body, each.at) for each in letters]

        def insert(connection: sqlite3.Connection) -> int:
            connection.executemany(_POST, rows)
            # Counted anew only when there might be too many: others may have forgotten.
            self._waiting += len(rows)
            if self._waiting <= self._room:
                return 0
            (self._waiting,) = connection.execute(_COUNT).fetchone()
            over = max(0, self._waiting - self._room)
            if over:
                connection.execute(_OLDEST, (over,))
                self._waiting -= over
            return over

        self._note(await self._store.change(insert))
        self._news.set()
        self._news = trio.Event()

    def news(self) -> trio.Event:
        """Set when another one has come: to be had before one looks."""
        return self._news

    async def after(self, number: int, most: int) -> list[Letter]:
        """The oldest with a higher number."""
        rows = await self._store.read(
            lambda connection: connection.execute(_AFTER, (number, most)).fetchall()
        )
        return [Letter(*row) for row in rows]

    async def forget(self, numbers: Sequence[int]) -> None:
        """They have been taken."""
        rows = [(number,) for number in numbers]

        def delete(connection: sqlite3.Connection) -> None:
            self._waiting -= connection.executemany(_FORGET, rows).rowcount

        await self._store.change(delete)

    async def tidy(self, before: float) -> int:
        """Give up those of before this wall-clock time; returns how many."""

        def delete(connection: sqlite3.Connection) -> int:
            lost: int = connection.execute(_OLD, (before,)).rowcount
            self._waiting -= lost
            return lost

        return await self._store.change(delete)

    def _note(self, lost: int) -> None:
        if lost and not self.given_up:
            logger.warning(
                "more than %d events wait to be published (rabbitmq.spool_size): the"
                " oldest are given up",
                self._room,
            )
        self.given_up += lost
