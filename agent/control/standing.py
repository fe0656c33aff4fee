"""How a running agent is: what `tonny-agent status` and the dashboard show."""

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


class Latency(msgspec.Struct, frozen=True):
    """Seconds until there is something to show for it, of the latest turns."""

    p50: float
    p95: float


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
    error: str = ""
    """The last thing that went wrong with it, though all may be well again."""
    error_at: float | None = None
    latency: Latency | None = None


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


class Trouble(msgspec.Struct, frozen=True):
    """What is wrong, and what to do: *code* for programs, the rest for people. It is so
    *since* (wall-clock time)."""

    code: str
    title: str
    remedy: str
    since: float


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
    speaker: str = ""
    muted: bool = False
    """Whether the microphone is closed."""
    level: float | None = None
    """How loud the microphone is now, in dBFS; None while it is closed."""
    turn: int = 0
    """How many turns the user has had."""
    since: float = 0.0
    uptime: float = 0.0
    """When it was started (wall-clock time), and for how many seconds it has run."""
    memory: int = 0
    """Bytes that it holds."""
    pid: int = 0
    version: str = ""
    session: str = ""
    folder: str = ""
    """Where its record is."""
    control: str = ""
    events: str = ""
    """Where it takes commands, and where it tells its events (see docs/control.md)."""
    troubles: tuple[Trouble, ...] = ()
    """What is wrong for so long that it is worth showing, the worst first."""
    underruns: int = 0
    """How often the speaker ran out of sound in the middle of one."""
    replaced: str = ""
    """What became of a damaged record when it was started, if it had one."""

    @property
    def well(self) -> bool:
        lost = any(each.state != "ok" for each in self.integrations)
        return self.state != "degraded" and not lost

    def as_json(self) -> str:
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode()

    def as_text(self) -> str:
        from agent.control.table import rows

        return "\n".join(rows(self))
