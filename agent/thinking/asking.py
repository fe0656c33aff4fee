"""A mind at the other end of a connection that stays open: what is asked goes out, and the
answer comes as messages, whatever carries them."""

import math
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Protocol

import trio

from agent.core.envelope import Envelope
from agent.errors import Unavailable
from agent.ports import Part, Question
from agent.thinking.exchange import Exchange


class Line(Protocol):
    """What carries questions and answers: *shown* is its name in messages, *why* it is
    away, and *acks* whether it is known to acknowledge what has arrived."""

    shown: str
    why: str
    acks: bool

    async def ready(self) -> None:
        """Raises `Unavailable` when it is away; waits a moment after the start."""

    def answers(
        self, id: str
    ) -> AbstractContextManager[trio.MemoryReceiveChannel[Envelope]]:
        """What comes for the question *id*; it ends when the connection does."""

    async def put(self, question: Question) -> None:
        """Send it; raises `Unavailable` when it is away."""

    async def cancel(self, id: str) -> None:
        """Nobody waits for the answer to *id* any more."""


class AskingMind:
    """Satisfies `agent.ports.Mind`."""

    def __init__(self, name: str, line: Line, deadline: float) -> None:
        self.name = name
        self._line = line
        self._deadline = deadline

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """As the workflow sends it.

        Raises `Unavailable` when it is away, or goes away, and `Refused` when it says
        that it failed.
        """
        await self._line.ready()
        exchange = Exchange(self._line.acks)
        try:
            with (
                self._line.answers(question.id) as messages,
                trio.fail_after(self._deadline) as budget,
            ):
                await self._line.put(question)
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
                f"{self._line.shown} went away: {self._line.why}",
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
                await self._line.cancel(question.id)
