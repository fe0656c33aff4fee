"""Who waits for what in the think stage is woken by a bell."""

import msgspec

from agent.bell import Bell


class Bells(msgspec.Struct, frozen=True):
    """Rung when the live lane has a reason to go on, and when the backlog has one."""

    back: Bell = msgspec.field(default_factory=Bell)
    old: Bell = msgspec.field(default_factory=Bell)

    def ring(self) -> None:
        """There is reason to try whatever waits."""
        self.back.ring()
        self.old.ring()
