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
    """A line was said aloud to its end."""

    turn: Turn
    text: str
    voice: str
    seconds: Seconds


class Unspoken(Fact, frozen=True):
    """A line that could not be said aloud, or was cut short."""

    turn: Turn
    text: str
    reason: str
