"""How Tonny is: a fold over what happened."""

from typing import Literal, TypeAlias

import msgspec

from agent.events import Event, Lost, Ready

State: TypeAlias = Literal["ok", "away", "down"]


class Part(msgspec.Struct, frozen=True):
    """One service or dependency: *away* is being retried, *down* is given up. *error* is
    the last reason there was, at *error_at*, also when it is well again."""

    state: State
    since: float
    reason: str = ""
    detail: str = ""
    error: str = ""
    error_at: float | None = None

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
                before = self.parts.get(name)
                error = (before.error, before.error_at) if before else ("", None)
                part = Part("ok", at, "", detail, *error)
            case Lost(name, reason, retry_in):
                before = self.parts.get(name)
                state: State = "away" if retry_in is not None else "down"
                part = Part(state, at, reason, error=reason, error_at=at)
            case _:
                return self
        if before is not None and before.state == part.state:
            part = msgspec.structs.replace(part, since=before.since)
        return Health({**self.parts, name: part})

    @property
    def degraded(self) -> bool:
        return not all(part.well for part in self.parts.values())
