"""Who waits for what in the think stage is woken by a bell."""

import msgspec
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


class Bells(msgspec.Struct, frozen=True):
    """Rung when the live lane has a reason to go on, when the backlog has one, and when
    a mind turns out to be absent."""

    back: Bell = msgspec.field(default_factory=Bell)
    old: Bell = msgspec.field(default_factory=Bell)
    absent: Bell = msgspec.field(default_factory=Bell)

    def ring(self) -> None:
        """There is reason to try whatever waits."""
        self.back.ring()
        self.old.ring()
