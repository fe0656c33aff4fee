"""A circuit breaker as a sans-IO state machine.

Three failures in a row open it; after a rest exactly one call probes whether
the dependency is back. Cancelled calls teach it nothing.
"""

from typing import TypeAlias

import msgspec

from agent.errors import Unavailable


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

    def __init__(self, *, threshold: int = 3, cooldown: float = 30.0) -> None:
        self.state: State = Closed()
        self.cooldown = cooldown
        self._threshold = threshold

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
        self.state = Closed()
        return news

    def fail(self, now: float) -> bool:
        """Note a failure; True if it is news that they are away."""
        match self.state:
            case Closed(failures) if failures + 1 < self._threshold:
                self.state = Closed(failures + 1)
            case Closed():
                self.state = Open(until=now + self.cooldown)
                return True
            case Probing():
                self.state = Open(until=now + self.cooldown)
            case Open():
                pass  # a straggler, admitted before we opened
        return False

    def abandon(self, now: float) -> None:
        """Note that a call was cancelled: a probe gives its place to the next call."""
        if isinstance(self.state, Probing):
            self.state = Open(until=now)
