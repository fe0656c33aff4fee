"""A token bucket as a sans-IO state machine: a rate in the long run, a few at once."""


class Bucket:
    """*now* is any monotonic time in seconds."""

    def __init__(self, per_minute: float, *, at_once: int = 5) -> None:
        self._rate = per_minute / 60
        self._room = float(at_once)
        self._tokens = self._room
        self._at = 0.0

    def take(self, now: float) -> float:
        """Take a token, now or in the future: how many seconds to wait before it counts.

        Whoever takes has taken: those that come later wait longer, so that the order is
        kept.
        """
        self._tokens = min(self._room, self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)

    def give_back(self) -> None:
        """Whoever took one does not need it after all."""
        self._tokens += 1
