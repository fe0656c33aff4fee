"""Calls to a dependency, through a circuit breaker."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import trio

from agent.bell import Bell
from agent.core.breaker import Breaker, Closed, Open, Probing
from agent.errors import Refused, Unavailable
from agent.events import Event, Lost, Ready


class Guard:
    """Spares a struggling dependency, and announces when it goes and returns.

    A refusal is an answer: it says nothing about being there, and opens nothing.
    """

    def __init__(
        self,
        name: str,
        publish: Callable[[Event], None],
        breaker: Breaker,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._publish = publish
        self._breaker = breaker
        self._chance = chance
        self._told: type[Lost | Ready] | None = None
        self._why = ""
        self.absent = False
        """Whether it could not even be reached the last time."""
        self.missed = Bell()
        """Rung each time that it could not."""
        self.answers = 0
        """How often it did answer, if only with a no."""
        self.calls = 0
        self.failed = 0
        """How many calls went out so far, and how many of them failed."""

    @property
    def standing(self) -> Literal["closed", "open", "probing"]:
        """Whether calls go out: not while it is open, and one while it probes."""
        match self._breaker.state:
            case Closed():
                return "closed"
            case Open():
                return "open"
            case Probing():
                return "probing"

    @property
    def retry_in(self) -> float:
        """Seconds for which no call goes out: 0 when it need not rest."""
        state = self._breaker.state
        if isinstance(state, Open):
            return max(0.0, state.until - trio.current_time())
        return 0.0

    def retry_now(self) -> None:
        """There is reason to believe that it is back."""
        self._breaker.reset()

    @contextmanager
    def call(self) -> Iterator[None]:
        """One call; raises `Unavailable` at once while the breaker rests."""
        try:
            self._breaker.admit(trio.current_time())
        except Unavailable as exc:
            reason = f"{self._why}; {exc}"
            raise Unavailable(
                reason, retry_after=exc.retry_after, absent=self.absent
            ) from None
        self.calls += 1
        try:
            yield
        except Unavailable as exc:
            if exc.answered:
                self._there()
                raise
            self.failed += 1
            self._why, self.absent = str(exc), exc.absent
            chance, wish = self._chance(), exc.retry_after
            now = trio.current_time()
            if self._breaker.fail(now, chance=chance, retry_after=wish):
                self._lost(exc, now)
            if exc.absent:
                self.missed.ring()
            raise
        except Refused:
            self._there()
            raise
        except BaseException:
            self._breaker.abandon(trio.current_time())
            raise
        self._there()

    def _there(self) -> None:
        self.absent = False
        self.answers += 1
        self._breaker.succeed()
        if self._told is not Ready:
            self._told = Ready
            self._publish(Ready(self.name))

    def _lost(self, exc: Unavailable, now: float) -> None:
        if self._told is Lost:
            return
        self._told = Lost
        state = self._breaker.state
        rest = state.until - now if isinstance(state, Open) else 0.0
        self._publish(Lost(self.name, str(exc), retry_in=rest))
