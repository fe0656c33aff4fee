"""What is only of use for a while does not stay in the record for ever."""

import logging
import time

import trio

from agent.config.settings import Record
from agent.errors import AgentError
from agent.record.rows import iso
from agent.record.sqlite import sqlite3
from agent.record.store import Store

DAY = 86_400.0

AT_A_TIME = 2000
"""Events that are forgotten at once, so that whoever writes never waits for long."""

_TRIES = "DELETE FROM attempts WHERE at < ?"
_GIVEN_UP = """
SELECT count(*) FROM outbox
WHERE state NOT IN ('pending', 'answered') AND settled_at < ?
"""
_SETTLED = "DELETE FROM outbox WHERE state != 'pending' AND settled_at < ?"

_TIMES = {
    "events": "at",
    "conversations": "timestamp",
    "metrics": "timestamp",
    "attempts": "at",
}
"""The tables that grow for ever, and where the time of a row is."""

_OLD = """
DELETE FROM {table} WHERE id IN (
    SELECT id FROM {table} WHERE {time} < ? ORDER BY id LIMIT ?)
"""
_SPAN = "SELECT max(id) - min(id) + 1 FROM events"
_FIRST = """
DELETE FROM {table} WHERE id < (
    SELECT min(id) + max(1, CAST((max(id) - min(id) + 1) * ? AS INTEGER)) FROM {table})
"""
_MERGE = "INSERT INTO said (said, rank) VALUES ('merge', 200)"
_USED = """
SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size
"""

logger = logging.getLogger(__name__)


async def keep_tidy(store: Store, settings: Record) -> None:
    """Forget what is too old or too much, now and every day."""
    while True:
        now = time.time()
        try:
            lost = await forget(
                store,
                tries_before=now - settings.attempts_days * DAY,
                settled_before=now - settings.queue_days * DAY,
            )
            if settings.keep_days:
                await forget_what_was_said(store, now - settings.keep_days * DAY)
            await shrink(store, settings.keep_mb * 1_000_000)
        except AgentError as exc:
            logger.warning("what is old could not be forgotten: %s", exc)
        else:
            if lost:
                logger.info("forgot %d questions that were given up long ago", lost)
        await trio.sleep(DAY)


async def forget(store: Store, *, tries_before: float, settled_before: float) -> int:
    """Tries that were made, and questions that were settled, before these wall-clock
    times; returns how many of them had no answer. What waits is never forgotten."""
    old_tries, old = iso(max(0.0, tries_before)), iso(max(0.0, settled_before))

    def delete(connection: sqlite3.Connection) -> int:
        connection.execute(_TRIES, (old_tries,))
        (lost,) = connection.execute(_GIVEN_UP, (old,)).fetchone()
        connection.execute(_SETTLED, (old,))
        return int(lost)

    return await store.change(delete)


async def forget_what_was_said(store: Store, before: float) -> None:
    """And what happened, before this wall-clock time; questions are kept apart from it."""
    text = iso(max(0.0, before))

    def some(connection: sqlite3.Connection) -> bool:
        gone = 0
        for table, time_ in _TIMES.items():
            sql = _OLD.format(table=table, time=time_)
            limit = before if table == "events" else text
            gone += connection.execute(sql, (limit, AT_A_TIME)).rowcount
        connection.execute(_MERGE)
        return gone > 0

    while await store.change(some):
        pass


async def shrink(store: Store, most: int) -> None:
    """Forget what was written first, until the record holds at most *most* bytes. Its file
    does not get smaller: what is free in it is used again."""

    def some(connection: sqlite3.Connection) -> bool:
        (used,) = connection.execute(_USED).fetchone()
        if used <= most:
            return False
        # Of each table the same part, so that all of them go back equally far.
        (span,) = connection.execute(_SPAN).fetchone()
        part = min(1.0, AT_A_TIME / (span or 1))
        gone = 0
        for table in _TIMES:
            gone += connection.execute(_FIRST.format(table=table), (part,)).rowcount
        connection.execute(_MERGE)
        return gone > 0

    while await store.change(some):
        pass
