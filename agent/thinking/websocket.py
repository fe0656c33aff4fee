"""A workflow behind a WebSocket that stays open: answers come without a handshake, and
the workflow may speak up by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from agent.config.settings import Workflow
from agent.errors import Unavailable
from agent.ports import Pushed, Seen
from agent.thinking.asking import AskingMind
from agent.thinking.connection import OPEN_WITHIN, Connection


@asynccontextmanager
async def open_websocket(
    settings: Workflow, seen: Seen, pushed: Pushed
) -> AsyncIterator[AskingMind]:
    """It is connected, and connected again, for as long as it is open."""
    connection = Connection(settings, seen, pushed)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.stay_connected)
        yield AskingMind("n8n-websocket", connection, settings.deadline)
        nursery.cancel_scope.cancel()


async def connects(settings: Workflow) -> None:
    """Raises what is wrong where it cannot be connected to."""
    connection = Connection(settings, _Nobody(), lambda _command: None)
    problem: Unavailable | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.stay_connected)
        try:
            await connection.ready(within=OPEN_WITHIN + 1)
        except Unavailable as exc:
            problem = exc
        nursery.cancel_scope.cancel()
    if problem is not None:
        raise problem


class _Nobody:
    """Believes nothing."""

    async def first_time(self, _id: str) -> bool:
        await trio.lowlevel.checkpoint()
        return False
