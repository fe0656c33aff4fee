"""Signed messages that were believed, in the record: none is believed twice."""

import time
from collections.abc import Callable

from agent.record.sqlite import sqlite3
from agent.record.store import Store

KEPT = 600.0
"""Seconds; after half of them a signature is too old anyway."""

_FORGET = "DELETE FROM seen WHERE at < ? OR at > ?"
_NOTE = "INSERT INTO seen (id, at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"


class StoredSeen:
    """Satisfies `agent.ports.Seen`."""

    def __init__(self, store: Store, wall: Callable[[], float] = time.time) -> None:
        self._store = store
        self._wall = wall

    async def first_time(self, id: str) -> bool:
        """Durable on return, so that a restart does not make an old message new."""
        now = self._wall()

        def note(connection: sqlite3.Connection) -> bool:
            # A clock that was set back leaves times in the future behind.
            connection.execute(_FORGET, (now - KEPT, now + KEPT))
            return connection.execute(_NOTE, (id, now)).rowcount == 1

        return await self._store.change(note)
