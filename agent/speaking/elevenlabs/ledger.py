"""What speaking costs: the plan's characters, and one's own daily budget."""

from collections.abc import Callable

import msgspec

from agent.errors import Refused
from agent.events import Event, Measured, QuotaLow
from agent.speaking.elevenlabs.account import Subscription

DAY = 86_400.0

SPENT = "tts.characters"
"""The metric that tells what was spent, by which a later session knows it."""


class Quota(msgspec.Struct, frozen=True):
    """Of the plan: *used* of *limit* characters, until *reset* (Unix time)."""

    used: int
    limit: int
    reset: float | None = None

    @property
    def share(self) -> float:
        return self.used / self.limit if self.limit else 0.0


class Ledger:
    """Counts characters. *budget* is how many may be spent in a day (0: all there are),
    *today* how many were before this session; *warn_at* is a share of the plan."""

    def __init__(
        self,
        publish: Callable[[Event], None],
        wall: Callable[[], float],
        *,
        budget: int = 0,
        today: int = 0,
        warn_at: float = 1.0,
    ) -> None:
        self.quota: Quota | None = None
        self.budget = budget
        self._publish = publish
        self._wall = wall
        self._warn_at = warn_at
        self._warned = False
        self._spent = today
        self._day = wall() // DAY

    @property
    def today(self) -> int:
        """Characters since midnight (UTC)."""
        if self._wall() // DAY != self._day:
            self._day, self._spent = self._wall() // DAY, 0
        return self._spent

    def check(self, characters: int) -> None:
        """Raises `Refused` where so many more are beyond the budget."""
        if self.budget and self.today + characters > self.budget:
            raise Refused(
                f"{self.today} of the {self.budget} characters a day are spent"
                " (tts.budget)"
            )

    def spend(self, cost: int, turn: int = 0) -> None:
        """So many were charged, for something that was said in *turn*."""
        self._spent = self.today + cost
        self._publish(Measured(SPENT, cost, {"turn": turn}))
        if self.quota is not None:
            quota = msgspec.structs.replace(self.quota, used=self.quota.used + cost)
            self._know(quota)

    def read(self, subscription: Subscription) -> None:
        """What the account itself says is the truth."""
        self._know(
            Quota(
                subscription.character_count,
                subscription.character_limit,
                subscription.next_character_count_reset_unix,
            )
        )
        if self.quota is not None:
            used, limit = self.quota.used, self.quota.limit
            told = Measured(
                "tts.quota", self.quota.share, {"used": used, "limit": limit}
            )
            self._publish(told)

    def _know(self, quota: Quota) -> None:
        self.quota = quota
        low = self._warn_at < 1 and quota.share >= self._warn_at
        if low and not self._warned:
            self._publish(QuotaLow(quota.used, quota.limit, quota.reset))
        self._warned = low
