"""How Tonny is: a fold over what happened."""

from typing import Literal, TypeAlias

import msgspec

from agent.events import Event, Lost, Ready

State: TypeAlias = Literal["ok", "away", "down"]


class Part(msgspec.Struct, frozen=True):
    """One service or dependency: *away* is being retried, *down* is given up."""

    state: State
    since: float
    reason: str = ""
    detail: str = ""

    @property
    def well(self) -> bool:
        return self.state == "ok"


class Health(msgspec.Struct, frozen=True):
    """Every part that was ever heard of, by name."""

    parts: dict[str, Part] = {}

    def after(self, event: Event, at: float) -> "Health":
        """How things are once *event* has happened."""
        match event:
            case Ready(name, detail):
                part = Part("ok", at, detail=detail)
            case Lost(name, reason, retry_in):
                part = Part("away" if retry_in is not None else "down", at, reason)
            case _:
                return self
        before = self.parts.get(name)
        if before is not None and before.state == part.state:
            part = msgspec.structs.replace(part, since=before.since)
        return Health({**self.parts, name: part})

    @property
    def degraded(self) -> bool:
        return not all(part.well for part in self.parts.values())
