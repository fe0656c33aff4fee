"""What becomes of the agent as a whole, and of what it depends on."""

import msgspec

from agent.events.facts import Fact, Seconds, Turn


class SessionStarted(Fact, frozen=True):
    """Tonny is up; everything until `SessionEnded` belongs to one session."""

    version: str
    pid: int


class SessionEnded(Fact, frozen=True):
    """The last event of a session: why it ended."""

    reason: str


class RecordReplaced(Fact, frozen=True):
    """The record was damaged, and is *aside* now: a *backup* took its place, or a new one
    where that is empty. *questions* wait in it."""

    reason: str
    aside: str
    backup: str
    questions: int


class Ready(Fact, frozen=True):
    """A service or dependency is there (again)."""

    name: str
    detail: str = ""


class Lost(Fact, frozen=True):
    """A service or dependency went away; *retry_in* is None if for good."""

    name: str
    reason: str
    retry_in: Seconds | None


class Switched(Fact, frozen=True):
    """What can be changed while Tonny runs was: such as ``audio.mode`` to ``ptt``."""

    what: str
    to: str


class Measured(Fact, frozen=True):
    """One point of a metric, such as ``health.n8n`` (1 well, 0 away)."""

    name: str
    value: float
    detail: dict[str, str | float | int | bool | None] = msgspec.field(
        default_factory=dict
    )


class Timed(Fact, frozen=True):
    """How long a turn took: seconds from the end of speech to each stage.

    For a typed turn, from the moment the text was given. A stage that did not
    happen is None.
    """

    turn: Turn
    transcript: Seconds | None = None
    request: Seconds | None = None
    first_answer: Seconds | None = None
    first_audio: Seconds | None = None
    first_sample: Seconds | None = None
