"""A circuit breaker as a sans-IO state machine.

Three failures in a row open it, or as many as half of the last twenty calls; after a
rest exactly one call probes whether the dependency is back. Every failed probe makes
the next rest longer. Cancelled calls teach it nothing.
"""

from collections import deque
from typing import TypeAlias

import msgspec

from agent.errors import Unavailable

_JITTER = 0.2  # of a rest, either way: not everyone may knock at the same moment


class Closed(msgspec.Struct, frozen=True):
    """Calls flow; we have seen this many failures in a row."""

    failures: int = 0


class Open(msgspec.Struct, frozen=True):
    """Calls are turned away until this time."""

    until: float


class Probing(msgspec.Struct, frozen=True):
    """One call is out, finding out whether they are back."""


State: TypeAlias = Closed | Open | Probing


class Breaker:
    """Decides whether a call may go out.

    Every `admit` must be answered by exactly one of `succeed`, `fail` or
    `abandon` (the call was cancelled, so we learned nothing). *now* is any
    monotonic time in seconds.
    """

    def __init__(
        self,
        *,
        threshold: int = 3,
        window: int = 20,
        cooldown: float = 30.0,
        longest: float = 120.0,
    ) -> None:
        """Opens at *threshold* failures in a row, or at half of *window* calls; rests
        *cooldown* seconds, doubling to *longest*."""
        self.state: State = Closed()
        self._threshold = threshold
        self._failed: deque[bool] = deque(maxlen=window)
        self._many = window / 2
        self._cooldown = cooldown
        self._longest = longest
        self._rests = 0

    def admit(self, now: float) -> None:
        """Let one call through, or raise `Unavailable` saying for how long not."""
        match self.state:
            case Closed():
                pass
            case Open(until) if now < until:
                rest = until - now
                raise Unavailable(f"resting for another {rest:.0f} s", retry_after=rest)
            case Open():
                self.state = Probing()
            case Probing():
                raise Unavailable("waiting to see whether they are back", retry_after=1)

    def succeed(self) -> bool:
        """Note a success; True if it is news that they are back."""
        news = not isinstance(self.state, Closed)
        if news:
            self.reset()
        self._failed.append(False)
        self.state = Closed()
        return news

    def fail(
        self, now: float, *, chance: float = 0.5, retry_after: float | None = None
    ) -> bool:
        """Note a failure; True if it is news that they are away. The rest that follows
        is jittered by *chance* (in [0, 1)), and no shorter than they wish themselves."""
        self._failed.append(True)
        match self.state:
            case Closed(failures) if not self._too_many(failures + 1):
                self.state = Closed(failures + 1)
            case Closed():
                self._open(now, chance, retry_after)
                return True
            case Probing():
                self._open(now, chance, retry_after)
            case Open():
                pass  # a straggler, admitted before we opened
        return False

    def abandon(self, now: float) -> None:
        """Note that a call was cancelled: a probe gives its place to the next call."""
        if isinstance(self.state, Probing):
            self.state = Open(until=now)

    def reset(self) -> None:
        """Somebody knows that they are back, or wants to see."""
        self.state = Closed()
        self._failed.clear()
        self._rests = 0

    def _too_many(self, in_a_row: int) -> bool:
        return in_a_row >= self._threshold or sum(self._failed) >= self._many

    def _open(self, now: float, chance: float, wish: float | None) -> None:
        rest = min(self._longest, self._cooldown * 2.0 ** min(self._rests, 10))
        self._rests += 1
        jittered = rest * (1 - _JITTER + 2 * _JITTER * chance)
        self.state = Open(until=now + max(jittered, wish or 0.0))
