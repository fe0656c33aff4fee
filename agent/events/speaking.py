"""From an answer to what is heard of it."""

from agent.events.facts import Fact, Seconds, Turn


class VoiceBegun(Fact, frozen=True):
    """The first audio byte of a turn's answer came from *voice*."""

    turn: Turn
    voice: str


class Sounding(Fact, frozen=True):
    """The first sample of a turn's answer was handed to the speaker."""

    turn: Turn


class Spoken(Fact, frozen=True):
    """A line was said aloud to its end; *cached*: it had been said before."""

    turn: Turn
    text: str
    voice: str
    seconds: Seconds
    cached: bool = False


class Unspoken(Fact, frozen=True):
    """A line that could not be said aloud, or was cut short."""

    turn: Turn
    text: str
    reason: str


class Shown(Fact, frozen=True):
    """A line that was to be read instead of heard."""

    turn: Turn
    text: str


class VoiceSwapped(Fact, frozen=True):
    """The *wanted* voice of ElevenLabs was refused, and another one, *used*, speaks."""

    wanted: str
    used: str
    reason: str


class RungChanged(Fact, frozen=True):
    """Another engine speaks now than before: a worse one, for some *reason*, or the best
    one again."""

    voice: str
    before: str
    reason: str = ""


class QuotaLow(Fact, frozen=True):
    """Much of the plan is used up: so many characters, until *reset* (Unix time)."""

    used: int
    limit: int
    reset: float | None = None


class QuotaSpent(Fact, frozen=True):
    """Nothing is left of the plan, until *reset* (Unix time) if that is known."""

    reset: float | None = None


class Yielded(Fact, frozen=True):
    """Someone began to speak while Tonny did, and Tonny stopped; *resumed* when it was
    nothing after all."""

    turn: Turn
    resumed: bool = False


class Silent(Fact, frozen=True):
    """All that was to be said has been heard: the room is quiet again. *asks* when the
    last of it was a question."""

    turn: Turn
    asks: bool = False
