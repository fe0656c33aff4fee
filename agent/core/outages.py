"""Which outages are worth telling a person: those that last, once each.

A server that is back after two seconds is nobody's concern, and neither is one that
comes back for two.
"""

from typing import Literal

import msgspec

from agent.events import Event, Lost, Ready


class News(msgspec.Struct, frozen=True):
    """*name* has been away for a while, and why; or it is well again."""

    name: str
    away: bool
    reason: str = ""


class _Part(msgspec.Struct):
    """*since* when it is as it is; *told*: a person was told that it is away."""

    state: Literal["well", "away"]
    since: float
    reason: str = ""
    told: bool = False


class Outages:
    """Feed it every event with its time, and ask what is due: *after* so many seconds of
    absence, and *steady* seconds after a return."""

    def __init__(self, after: float, steady: float = 10.0) -> None:
        self._after = after
        self._steady = steady
        self._parts: dict[str, _Part] = {}

    def feed(self, event: Event, now: float) -> None:
        match event:
            case Lost(name, reason):
                part = self._parts.setdefault(name, _Part("away", now))
                part.reason = reason
                self._becomes(part, "away", now)
            case Ready(name) if name in self._parts:
                self._becomes(self._parts[name], "well", now)
            case _:
                pass

    @property
    def next(self) -> float:
        """When something will be due, if nothing happens until then."""
        return min(map(self._due, self._parts.values()), default=float("inf"))

    def due(self, now: float) -> list[News]:
        """What is to be told now; it will not be told again."""
        told: list[News] = []
        for name, part in [*self._parts.items()]:
            if self._due(part) > now:
                continue
            if part.state == "away":
                part.told = True
                told.append(News(name, away=True, reason=part.reason))
            else:
                del self._parts[name]
                if part.told:
                    told.append(News(name, away=False))
        return told

    def _becomes(self, part: _Part, state: Literal["well", "away"], now: float) -> None:
        if part.state != state:
            part.state, part.since = state, now

    def _due(self, part: _Part) -> float:
        if part.state == "well":
            return part.since + self._steady
        return float("inf") if part.told else part.since + self._after
