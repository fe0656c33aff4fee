"""Everything that can happen, as one tagged union.

On the wire and in the journal an `Entry` reads
``{"at": 1795404603.745, "session": "...", "event": {"event": "speech_ended", "turn": 1, ...}}``.
"""

import re
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from agent.commands import Command

Turn: TypeAlias = Annotated[
    int, Meta(ge=0, description="Which of the user's turns; 0 before the first.")
]
Seconds: TypeAlias = Annotated[float, Meta(ge=0)]
Confidence: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Source: TypeAlias = Literal["voice", "text"]


def _tag(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class _Fact(msgspec.Struct, frozen=True, tag=_tag, tag_field="event"):
    pass


class SessionStarted(_Fact, frozen=True):
    """Tonny is up; everything until `SessionEnded` belongs to one session."""

    version: str
    pid: int


class SessionEnded(_Fact, frozen=True):
    """The last event of a session: why it ended."""

    reason: str


class Ready(_Fact, frozen=True):
    """A service or dependency is there (again)."""

    name: str
    detail: str = ""


class Lost(_Fact, frozen=True):
    """A service or dependency went away; *retry_in* is None if for good."""

    name: str
    reason: str
    retry_in: Seconds | None


class SpeechStarted(_Fact, frozen=True):
    """The user began to speak."""

    turn: Turn


class SpeechEnded(_Fact, frozen=True):
    """The user stopped talking *quiet* seconds ago.

    *seconds* is the length of the utterance without pre-roll and hangover;
    *cut* says that it was ended at the longest allowed utterance, not by a pause.
    """

    turn: Turn
    seconds: Seconds
    quiet: Seconds
    cut: bool = False


class Overheard(_Fact, frozen=True):
    """A partial transcript: what the user seems to have said so far."""

    turn: Turn
    text: str
    engine: str


class Heard(_Fact, frozen=True):
    """The final transcript of a turn; *confidence* only where an engine gives one.

    *said_at* is the wall-clock time of its beginning where that was long ago: the
    speech was kept on disk while nothing could transcribe it.
    """

    turn: Turn
    text: str
    engine: str
    source: Source = "voice"
    language: str | None = None
    confidence: Confidence | None = None
    said_at: float | None = None


class Dismissed(_Fact, frozen=True):
    """A sound that turned out not to be a turn."""

    turn: Turn
    reason: str


class Unheard(_Fact, frozen=True):
    """An utterance that no engine could transcribe now; *kept*: it will be later."""

    turn: Turn
    reason: str
    kept: bool = False


class Switched(_Fact, frozen=True):
    """What can be changed while Tonny runs was: such as ``audio.mode`` to ``ptt``."""

    what: str
    to: str


class Level(_Fact, frozen=True):
    """How loud the microphone was since the last one, in dBFS: the mean, the loudest
    sample and the room's noise; only for those who watch (``audio.level_hz``)."""

    rms: float
    peak: float
    floor: float
    clipping: bool = False
    voiced: bool = False


class AudioDropped(_Fact, frozen=True):
    """The pipeline was full: this much of the newest audio was lost."""

    seconds: Seconds


class Asked(_Fact, frozen=True):
    """A turn's request is on its way to *mind*; *request* is its idempotency key."""

    turn: Turn
    request: str
    mind: str
    attempt: Annotated[int, Meta(ge=1)] = 1


class Attempted(_Fact, frozen=True):
    """One try to have a question answered, as its transport saw it: bytes *sent* and
    *received*, and the *url* without what may be secret in it."""

    request: str
    peer: str
    method: str
    url: str
    seconds: Seconds
    status: int | None = None
    sent: int = 0
    received: int = 0
    error: str = ""


class AnswerBegun(_Fact, frozen=True):
    """The first byte of a turn's answer arrived."""

    turn: Turn


class Replied(_Fact, frozen=True):
    """The answer to a turn; *late* answers are recorded, not spoken, and of one that
    the user *interrupted* the rest was not wanted."""

    turn: Turn
    text: str
    mind: str
    late: bool = False
    interrupted: bool = False


class Commanded(_Fact, frozen=True):
    """The workflow wants more than words; turn 0 when it did so by itself."""

    turn: Turn
    command: Command


class CommandIgnored(_Fact, frozen=True):
    """The workflow asked for what cannot be done."""

    turn: Turn
    name: str
    reason: str


class Postponed(_Fact, frozen=True):
    """A turn that no mind could answer now; its request is kept and retried."""

    turn: Turn
    request: str
    reason: str


class Unanswered(_Fact, frozen=True):
    """A turn whose request was refused for good."""

    turn: Turn
    request: str
    reason: str


class VoiceBegun(_Fact, frozen=True):
    """The first audio byte of a turn's answer came from *voice*."""

    turn: Turn
    voice: str


class Sounding(_Fact, frozen=True):
    """The first sample of a turn's answer was handed to the speaker."""

    turn: Turn


class Spoken(_Fact, frozen=True):
    """A line was said aloud to its end."""

    turn: Turn
    text: str
    voice: str
    seconds: Seconds


class Unspoken(_Fact, frozen=True):
    """A line that could not be said aloud, or was cut short."""

    turn: Turn
    text: str
    reason: str


class Timed(_Fact, frozen=True):
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


class Measured(_Fact, frozen=True):
    """One point of a metric, such as ``health.n8n`` (1 well, 0 away)."""

    name: str
    value: float
    detail: dict[str, str | float | int | bool | None] = {}


# fmt: off
Event: TypeAlias = (
    SessionStarted | SessionEnded | Ready | Lost | SpeechStarted | SpeechEnded
    | Overheard | Heard | Dismissed | Unheard | Switched | Level
    | AudioDropped | Asked | Attempted | AnswerBegun | Replied | Commanded
    | CommandIgnored | Postponed | Unanswered | VoiceBegun | Sounding | Spoken | Unspoken | Timed | Measured
)
# fmt: on


class Entry(msgspec.Struct, frozen=True):
    """An event, the wall-clock time at which it was published, and its session."""

    at: float
    session: str
    event: Event
