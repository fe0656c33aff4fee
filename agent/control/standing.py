"""How a running agent is: what `tonny-agent status` shows."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import msgspec

from agent.commands import Priority
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
    breaker: Literal["", "closed", "open", "probing"] = ""
    """Whether it is spoken to: not while its breaker is open, and once as it probes."""
    per_minute: float = 0.0
    """How often it is used at most; 0 for no limit."""
    limited: int = 0
    """How many requests wait because of that."""
    retry_in: float = 0.0
    """Seconds for which its breaker rests."""
    calls: int = 0
    failed: int = 0
    """How many requests were made since it is used, and how many of them failed."""


class Queue(msgspec.Struct, frozen=True):
    """How many questions wait for an answer, how many were given up, and since when the
    first one waits (ISO 8601, UTC)."""

    waiting: int = 0
    dead: int = 0
    oldest: str | None = None


class Spoken(msgspec.Struct, frozen=True):
    """A text that is *said* now, or waits to be."""

    id: int
    priority: Priority
    text: str
    said: bool = False


class Quota(msgspec.Struct, frozen=True):
    """Of the plan at ElevenLabs: characters *used* of *limit*, until *reset* (Unix time);
    *today* were spent by Tonny, of *budget* (0: as many as there are)."""

    used: int
    limit: int
    reset: float | None = None
    today: int = 0
    budget: int = 0


class Standing(msgspec.Struct, frozen=True, tag_field="reply", tag="status"):
    """How things stand. *stt* is the name of the server that hears, or of the engine
    where servers have no names."""

    state: State
    mode: Mode
    microphone: str
    stt: str
    integrations: tuple[Integration, ...] = ()
    queue: Queue = Queue()
    speech: tuple[Spoken, ...] = ()
    quota: Quota | None = None

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
            if each.retry_in:
                yield f"  {'':14} next try in {each.retry_in:.0f} s"
            if each.limited:
                yield f"  {'':14} {each.limited} wait: {each.per_minute:g} a minute"
        if self.quota is not None:
            yield f"  {'quota':14} {_plan(self.quota)}"
        for text in self.speech:
            said = "says" if text.said else "waits"
            yield f"  {'speech':14} {said} ({text.priority}): {text.text:.50}"
        if self.queue.waiting or self.queue.dead:
            counts = f"{self.queue.waiting} waiting, {self.queue.dead} given up"
            yield f"  {'queue':14} {counts} (tonny-agent queue list)"


def _plan(quota: Quota) -> str:
    told = f"{quota.used} of {quota.limit} characters used" if quota.limit else ""
    if quota.reset:
        reset = datetime.fromtimestamp(quota.reset, UTC)
        told += f", reset on {reset:%Y-%m-%d}"
    if quota.budget:
        spent = f"{quota.today} of {quota.budget} today"
        told = f"{told}; {spent}" if told else spent
    return told
