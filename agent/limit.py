"""A rate that is not exceeded: what comes too fast waits, and is not refused."""

import trio

from agent.core.bucket import Bucket


class Limit:
    """*waiting* is how many wait now, *per_minute* what is allowed."""

    def __init__(self, per_minute: float) -> None:
        self.per_minute = per_minute
        self.waiting = 0
        self._bucket = Bucket(per_minute)

    async def admitted(self) -> None:
        """Return when it is one's turn."""
        await trio.lowlevel.checkpoint()
        pause = self._bucket.take(trio.current_time())
        if not pause:
            return
        self.waiting += 1
        try:
            await trio.sleep(pause)
        except trio.Cancelled:
            self._bucket.give_back()
            raise
        finally:
            self.waiting -= 1
