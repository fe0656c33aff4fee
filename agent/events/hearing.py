"""From sound to the words of a turn."""

from agent.events.facts import Confidence, Fact, Seconds, Source, Turn


class SpeechStarted(Fact, frozen=True):
    """The user began to speak."""

    turn: Turn


class SpeechEnded(Fact, frozen=True):
    """The user stopped talking *quiet* seconds ago.

    *seconds* is the length of the utterance without pre-roll and hangover;
    *cut* says that it was ended at the longest allowed utterance, not by a pause.
    """

    turn: Turn
    seconds: Seconds
    quiet: Seconds
    cut: bool = False


class Overheard(Fact, frozen=True):
    """A partial transcript: what the user seems to have said so far."""

    turn: Turn
    text: str
    engine: str


class Heard(Fact, frozen=True):
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


class Dismissed(Fact, frozen=True):
    """A sound that turned out not to be a turn."""

    turn: Turn
    reason: str


class Unheard(Fact, frozen=True):
    """An utterance that no engine could transcribe now; *kept*: it will be later."""

    turn: Turn
    reason: str
    kept: bool = False


class Level(Fact, frozen=True):
    """How loud the microphone was since the last one, in dBFS: the mean, the loudest
    sample and the room's noise; only for those who watch (``audio.level_hz``)."""

    rms: float
    peak: float
    floor: float
    clipping: bool = False
    voiced: bool = False


class AudioDropped(Fact, frozen=True):
    """The pipeline was full: this much of the newest audio was lost."""

    seconds: Seconds
