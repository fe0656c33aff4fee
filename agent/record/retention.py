"""What is only of use for a while does not stay in the record for ever."""

import logging
import time

import trio

from agent.errors import AgentError
from agent.record.rows import iso
from agent.record.sqlite import sqlite3
from agent.record.store import Store

DAY = 86_400.0

_OLD = "DELETE FROM attempts WHERE at < ?"

logger = logging.getLogger(__name__)


async def keep_tidy(store: Store, attempts_days: float) -> None:
    """Forget tries that are older, now and every day."""
    while True:
        try:
            await forget(store, time.time() - attempts_days * DAY)
        except AgentError as exc:
            logger.warning("old tries could not be forgotten: %s", exc)
        await trio.sleep(DAY)


async def forget(store: Store, before: float) -> None:
    """Tries that were made before this wall-clock time."""

    def delete(connection: sqlite3.Connection) -> None:
        connection.execute(_OLD, (iso(max(0.0, before)),))

    await store.change(delete)
