"""Questions on disk until they are settled: the outbox that `agent.ports` asks for."""

import logging

import msgspec

from agent.errors import Refused
from agent.ports import Question
from agent.record.rows import iso
from agent.record.sqlite import sqlite3
from agent.record.store import Store

logger = logging.getLogger(__name__)

_LANE = "mind"
_EVER = "9999"  # sorts after every time

# As bytes, and with care: what a disk has damaged must not keep the rest from being asked.

_WAITING = """
SELECT count(*) FROM outbox WHERE lane = :lane AND state = 'pending' AND id != :id
"""
_KEEP = """
INSERT INTO outbox (id, lane, body, created_at) VALUES (:id, :lane, :body, :created_at)
ON CONFLICT (id) DO NOTHING
"""
_PENDING = """
SELECT id, CAST(body AS BLOB), attempts FROM outbox
WHERE state = 'pending'
    AND (lane = 'retried'
        OR (lane = :lane AND (created_at < :before OR created_at > :after)))
    AND (:session IS NULL
        OR CASE WHEN json_valid(body) THEN json_extract(body, '$.session') END = :session)
ORDER BY seq LIMIT :most
"""
_WAITS = "SELECT 1 FROM outbox WHERE id = ? AND state = 'pending'"
_ATTEMPTED = """
UPDATE outbox SET attempts = attempts + :counts, last_error = :error WHERE id = :id
RETURNING attempts
"""
_SETTLE = """
UPDATE outbox SET
    state = :state,
    last_error = coalesce(:error, last_error),
    settled_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE id = :id AND state = 'pending'
"""


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding a question may raise that something else has written over."""


class StoredOutbox:
    """At most *room* unsettled questions, in the record's database.

    A question is a replay when its answer may have been asked for before: an attempt
    failed, or whoever kept it is gone (another session, a crash).
    """

    def __init__(self, store: Store, room: int) -> None:
        self._store = store
        self._room = room
        self._kept_here: set[str] = set()
        self._waiting = room  # unknown yet

    async def keep(self, question: Question) -> None:
        """Return once *question* is durable; keeping it twice is keeping it once.

        Raises `Refused` when there is no room.
        """
        row = {
            "id": question.id,
            "lane": _LANE,
            "body": msgspec.json.encode(question).decode(),
            "created_at": iso(question.asked_at),
        }

        def insert(connection: sqlite3.Connection) -> None:
            # Counted anew only when there might be too many: others may have settled.
            self._waiting += 1
            if self._waiting >= self._room:
                (self._waiting,) = connection.execute(_WAITING, row).fetchone()
            if (waiting := self._waiting) >= self._room:
                raise Refused(
                    f"{waiting} questions are waiting already, and"
                    f" workflow.queue_size is {self._room}: this one was not kept"
                )
            connection.execute(_KEEP, row)

        await self._store.change(insert)
        self._kept_here.add(question.id)

    async def pending(
        self,
        most: int,
        *,
        outside: tuple[float, float] | None = None,
        session: str | None = None,
    ) -> list[Question]:
        """The oldest unsettled questions, in the order in which they were kept. One that
        cannot be read is given up."""
        before, after = (_EVER, _EVER) if outside is None else map(iso, outside)
        values = {
            "lane": _LANE,
            "most": most,
            "before": before,
            "after": after,
            "session": session,
        }
        rows = await self._store.read(
            lambda connection: connection.execute(_PENDING, values).fetchall()
        )
        found: list[Question] = []
        for name, body, attempts in rows:
            try:
                found.append(self._question(body, attempts))
            except UNREADABLE as exc:
                logger.warning("question %s in the record is damaged: %s", name, exc)
                await self.settle(name, f"refused: it is damaged: {exc}")
        return found

    async def waits(self, id: str) -> bool:
        """Whether it is still to be asked: the user may have dropped it."""
        row = await self._store.read(
            lambda connection: connection.execute(_WAITS, (id,)).fetchone()
        )
        return row is not None

    def _question(self, body: bytes, attempts: int) -> Question:
        question = msgspec.json.decode(body, type=Question)
        replay = attempts > 0 or question.id not in self._kept_here
        return msgspec.structs.replace(question, replay=replay)

    async def attempted(self, id: str, error: str, *, counts: bool) -> int:
        """Note a failed attempt; returns how many there were that *counts*."""
        row = {"id": id, "error": error, "counts": int(counts)}

        def note(connection: sqlite3.Connection) -> int:
            found = connection.execute(_ATTEMPTED, row).fetchone()
            return int(found[0]) if found else 0

        return await self._store.change(note)

    async def settle(self, id: str, outcome: str) -> None:
        """Note that *id* is done: ``answered``, ``refused: …`` or ``expired``."""
        state, _, reason = outcome.partition(": ")
        row = {"id": id, "state": state, "error": reason or None}
        await self._store.change(lambda connection: connection.execute(_SETTLE, row))
        self._kept_here.discard(id)
