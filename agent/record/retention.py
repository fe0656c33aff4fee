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

_TRIES = "DELETE FROM attempts WHERE at < ?"
_GIVEN_UP = """
SELECT count(*) FROM outbox
WHERE state NOT IN ('pending', 'answered') AND settled_at < ?
"""
_SETTLED = "DELETE FROM outbox WHERE state != 'pending' AND settled_at < ?"

logger = logging.getLogger(__name__)


async def keep_tidy(store: Store, settings: Record) -> None:
    """Forget what is too old, now and every day."""
    while True:
        now = time.time()
        try:
            lost = await forget(
                store,
                tries_before=now - settings.attempts_days * DAY,
                settled_before=now - settings.queue_days * DAY,
            )
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
