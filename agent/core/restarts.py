"""How long to pause before a service is tried again, and when to give up on it.

Absence is met with patience (full-jitter backoff, for ever), refusal with long
pauses, and a crash, which is a bug of ours, with a few restarts: OTP's restart
intensity, counting only crashes.
"""


class Restarts:
    """The restart history of one service. *now* is monotonic, *chance* in [0, 1)."""

    def __init__(
        self,
        *,
        first: float = 0.5,
        ceiling: float = 30.0,
        refused: float = 300.0,
        crashes: int = 3,
        period: float = 60.0,
    ) -> None:
        self._first = first
        self._ceiling = ceiling
        self._refused = refused
        self._allowed = crashes
        self._period = period
        self._failures = 0
        self._up_since: float | None = None
        self._crashed_at: list[float] = []

    def up(self, now: float) -> None:
        """The service became ready."""
        self._up_since = now

    def unavailable(self, now: float, chance: float) -> float:
        """Seconds to wait for something that is away: 0.5 s doubling to 30 s, jittered."""
        return self._backoff(now) * chance

    def refused(self, now: float, chance: float) -> float:
        """Seconds to wait after a no: long, because only the user can change it."""
        self._forgive(now)
        return self._refused * (0.5 + chance / 2)

    def crashed(self, now: float, chance: float) -> float | None:
        """Seconds to wait after a bug, or None to give up: the fourth within a minute."""
        recent = [at for at in self._crashed_at if now - at < self._period]
        self._crashed_at = [*recent, now]
        if len(self._crashed_at) > self._allowed:
            return None
        return self._backoff(now) * chance

    def _backoff(self, now: float) -> float:
        self._forgive(now)
        # The exponent is bounded because 2.0**1024 overflows after days of absence.
        delay = min(self._ceiling, self._first * 2.0 ** min(self._failures, 40))
        self._failures += 1
        return delay

    def _forgive(self, now: float) -> None:
        """An attempt that stayed up for a while starts over; flapping does not."""
        if self._up_since is not None and now - self._up_since > self._period:
            self._failures = 0
        self._up_since = None
