"""Who waits for something is woken by a bell."""

import trio


class Bell:
    """Wakes everyone who waits for it."""

    def __init__(self) -> None:
        self._rung = trio.Event()

    def ring(self) -> None:
        self._rung.set()
        self._rung = trio.Event()

    async def heard(self, within: float) -> None:
        """Return when it is rung, or after so many seconds."""
        with trio.move_on_after(within):
            await self._rung.wait()
