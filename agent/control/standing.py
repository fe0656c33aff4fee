"""How a running agent is: what `tonny-agent status` shows."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from agent.config.settings import Mode

State: TypeAlias = Literal[
    "initialising",
    "ready",
    "listening",
    "processing",
    "speaking",
    "degraded",
    "shutting down",
]


class Integration(msgspec.Struct, frozen=True):
    """Something that Tonny depends on: *away* is being retried, *down* is given up.

    *since* is the wall-clock time of the last change, in seconds.
    """

    name: str
    state: Literal["ok", "away", "down"]
    since: float
    reason: str = ""


class Standing(msgspec.Struct, frozen=True, tag_field="reply", tag="status"):
    """How things stand. *stt* is the name of the server that hears, or of the engine
    where servers have no names."""

    state: State
    mode: Mode
    microphone: str
    stt: str
    integrations: tuple[Integration, ...] = ()

    @property
    def well(self) -> bool:
        lost = any(each.state != "ok" for each in self.integrations)
        return self.state != "degraded" and not lost

    def as_json(self) -> str:
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()

    def as_text(self) -> str:
        return "\n".join([self.state, *self._rows()])

    def _rows(self) -> Iterator[str]:
        facts = {"mode": self.mode, "microphone": self.microphone, "ears": self.stt}
        for name, value in facts.items():
            yield f"  {name:14} {value}".rstrip()
        for each in self.integrations:
            yield f"  {each.name:14} {each.state:5} {each.reason}".rstrip()
