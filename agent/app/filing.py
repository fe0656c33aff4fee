"""The record is kept in order while nobody has to wait for it."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import trio

from agent.config.settings import Record
from agent.errors import AgentError
from agent.record.backups import back_up, is_due
from agent.record.retention import keep_tidy
from agent.record.store import Store

LOOK_EVERY = 60.0
"""Seconds between two looks whether it is night, and quiet."""

AGAIN_AFTER = 3600.0
"""Seconds until a backup that failed is tried again."""

logger = logging.getLogger(__name__)


async def keep_record(
    store: Store, settings: Record, is_quiet: Callable[[], bool]
) -> None:
    """Forget what is too old, and have a backup of every night."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_tidy, store, settings)
        if settings.backups:
            nursery.start_soon(keep_backups, store.path, settings.backups, is_quiet)


async def keep_backups(record: Path, keep: int, is_quiet: Callable[[], bool]) -> None:
    """Make a backup of *record* when it is due and nothing is said."""
    # It reads all of the record: that may take long, and holds up no other thread.
    thread = trio.CapacityLimiter(1)
    while True:
        await trio.sleep(LOOK_EVERY)
        if not (is_quiet() and is_due(record, time.time())):
            continue
        try:
            path = await trio.to_thread.run_sync(back_up, record, keep, limiter=thread)
        except AgentError as exc:
            logger.warning("%s", exc)
            await trio.sleep(AGAIN_AFTER)
        else:
            logger.info("the record is backed up: %s", path)
