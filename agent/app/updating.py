"""Looks once a day whether there is a newer Tonny, for those who asked for it."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import trio

from agent.commands import Notify
from agent.config.settings import Update
from agent.desktop.updates import Answer, check, remember, remembered
from agent.errors import AgentError

logger = logging.getLogger(__name__)

FIRST, DAY = 300.0, 86_400.0
"""Seconds after the start, and between two looks."""


async def tell_of_updates(
    update: Update,
    folder: Path,
    show: Callable[[Notify], Awaitable[None]],
    ask: Callable[[Update, Path], Awaitable[Answer]] = check,
) -> None:
    """For as long as Tonny runs; each version is told once, and nothing more is done."""
    if not (update.url and update.key):
        return
    await trio.sleep(FIRST)
    while True:
        try:
            await _look(await ask(update, folder), folder, show)
        except AgentError as exc:
            logger.warning("newer versions are not known: %s", exc)
        await trio.sleep(DAY)


async def _look(
    answer: Answer, folder: Path, show: Callable[[Notify], Awaitable[None]]
) -> None:
    seen = remembered(folder)
    if answer.newer and seen.told != answer.available:
        await show(Notify(answer.as_text()[:1000]))
        seen = msgspec.structs.replace(seen, told=answer.available)
        await trio.to_thread.run_sync(remember, folder, seen)
