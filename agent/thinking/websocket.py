"""A workflow behind a WebSocket that stays open: answers come without a handshake, and
the workflow may speak up by itself."""

import math
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
import trio

from agent.config.settings import Workflow
from agent.errors import Unavailable
from agent.ports import Part, Pushed, Question, Seen
from agent.sockets import CLOSE_WITHIN
from agent.thinking.connection import OPEN_WITHIN, Connection
from agent.thinking.exchange import Exchange, request


@asynccontextmanager
async def open_websocket(
    settings: Workflow, seen: Seen, pushed: Pushed
) -> AsyncIterator["WebSocketMind"]:
    """It is connected, and connected again, for as long as it is open."""
    connection = Connection(settings, seen, pushed)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.stay_connected)
        yield WebSocketMind(connection, settings.deadline)
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


class WebSocketMind:
    """Satisfies `agent.ports.Mind`."""

    name = "n8n-websocket"

    def __init__(self, connection: Connection, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """As the workflow sends it.

        Raises `Unavailable` when it is away, or goes away, and `Refused` when it says
        that it failed.
        """
        await self._connection.ready()
        exchange = Exchange(self._connection.acks)
        try:
            with (
                self._connection.answers(question.id) as messages,
                trio.fail_after(self._deadline) as budget,
            ):
                await self._connection.send(request(question))
                async for message in messages:
                    for part in exchange.parts(message):
                        # The time that passes while we speak is not the workflow's.
                        left = budget.deadline - trio.current_time()
                        budget.deadline = math.inf
                        yield part
                        budget.deadline = trio.current_time() + left
                    if exchange.over:
                        return
            raise Unavailable(
                f"the workflow's WebSocket went away: {self._connection.why}",
                unsure=exchange.unsure,
            )
        except trio.TooSlowError:
            raise Unavailable(
                f"the workflow took longer than {self._deadline:g} s"
                " (workflow.deadline)",
                unsure=True,
            ) from None
        finally:
            if not exchange.over:
                await self._cancel(question.id)

    async def _cancel(self, id: str) -> None:
        """Nobody waits for the answer to *id* any more."""
        with trio.move_on_after(CLOSE_WITHIN, shield=True), suppress(Unavailable):
            await self._connection.send(
                msgspec.json.encode({"type": "cancel", "id": id})
            )
