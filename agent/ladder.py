"""The next rung when one is away: the same for the fresh machine and the outage."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from agent.errors import AgentError, Unavailable
from agent.guard import Guard
from agent.limit import Limit


class Named(Protocol):
    @property
    def name(self) -> str: ...


Tool = TypeVar("Tool", bound=Named)
Result = TypeVar("Result")


class Rung(msgspec.Struct, Generic[Tool], frozen=True):
    tool: Tool
    guard: Guard
    limit: Limit | None = None


class Ladder(Generic[Tool]):
    """Tools for one purpose, best first."""

    def __init__(self, rungs: Sequence[Rung[Tool]]) -> None:
        self.rungs = rungs

    @property
    def name(self) -> str:
        """The best tool's."""
        return self.rungs[0].tool.name if self.rungs else ""

    def retry_now(self) -> None:
        """There is reason to believe that those that were away are back."""
        for rung in self.rungs:
            rung.guard.retry_now()

    async def first(
        self,
        attempt: Callable[[Tool], Awaitable[Result]],
        enough: Callable[[], bool] = lambda: False,
    ) -> Result:
        """What *attempt* returns with the first tool that neither is away nor refuses.

        Raises `Unavailable` with everyone's reason when none is left; and what a tool
        raised when by then there is *enough*, so that no other may begin again.
        """
        problems: list[str] = []
        for rung in self.rungs:
            try:
                return await _attempted(rung, attempt)
            except AgentError as exc:
                if enough():
                    raise
                problems.append(f"{rung.tool.name}: {exc}")
        raise Unavailable("; ".join(problems) or "nothing is configured for this")

    async def first_there(self, attempt: Callable[[Tool], Awaitable[Result]]) -> Result:
        """As `first`, but one that refuses decides for all, and so does one that may
        have done what was asked of it."""
        *before, last = self.rungs
        for rung in before:
            try:
                return await _attempted(rung, attempt)
            except Unavailable as exc:
                if exc.unsure:
                    raise
        return await _attempted(last, attempt)


async def _attempted(
    rung: Rung[Tool], attempt: Callable[[Tool], Awaitable[Result]]
) -> Result:
    if rung.limit is not None and not rung.guard.retry_in:
        await rung.limit.admitted()
    with rung.guard.call():
        return await attempt(rung.tool)
