"""Everything that can happen, as one tagged union.

On the wire and in the journal an `Entry` reads
``{"at": 1795404603.745, "session": "...", "event": {"event": "speech_ended", "turn": 1, ...}}``.
"""

from typing import TypeAlias

import msgspec

from agent.events.facts import Confidence, Seconds, Source, Turn
from agent.events.hearing import (
    AudioDropped,
    Dismissed,
    Heard,
    Level,
    Overheard,
    SpeechEnded,
    SpeechStarted,
    Unheard,
)
from agent.events.life import (
    Lost,
    Measured,
    Ready,
    RecordReplaced,
    SessionEnded,
    SessionStarted,
    Switched,
    Timed,
)
from agent.events.speaking import (
    QuotaLow,
    QuotaSpent,
    RungChanged,
    Shown,
    Silent,
    Sounding,
    Spoken,
    Unspoken,
    VoiceBegun,
    VoiceSwapped,
    Yielded,
)
from agent.events.thinking import (
    AnswerBegun,
    Asked,
    Attempted,
    Commanded,
    CommandIgnored,
    Postponed,
    Replied,
    Unanswered,
)

__all__ = [
    "AnswerBegun",
    "Asked",
    "Attempted",
    "AudioDropped",
    "CommandIgnored",
    "Commanded",
    "Confidence",
    "Dismissed",
    "Entry",
    "Event",
    "Heard",
    "Level",
    "Lost",
    "Measured",
    "Overheard",
    "Postponed",
    "QuotaLow",
    "QuotaSpent",
    "Ready",
    "RecordReplaced",
    "Replied",
    "RungChanged",
    "Seconds",
    "SessionEnded",
    "SessionStarted",
    "Shown",
    "Silent",
    "Sounding",
    "Source",
    "SpeechEnded",
    "SpeechStarted",
    "Spoken",
    "Switched",
    "Timed",
    "Turn",
    "Unanswered",
    "Unheard",
    "Unspoken",
    "VoiceBegun",
    "VoiceSwapped",
    "Yielded",
]

# fmt: off
Event: TypeAlias = (
    SessionStarted | SessionEnded | RecordReplaced | Ready | Lost | SpeechStarted
    | SpeechEnded | Overheard | Heard | Dismissed | Unheard | Switched | Level
    | AudioDropped | Asked | Attempted | AnswerBegun | Replied | Commanded
    | CommandIgnored | Postponed | Unanswered | VoiceBegun | Sounding | Spoken | Unspoken
    | Shown | VoiceSwapped | RungChanged | QuotaLow | QuotaSpent | Yielded | Silent | Timed | Measured
)
# fmt: on


class Entry(msgspec.Struct, frozen=True):
    """An event, the wall-clock time at which it was published, and its session."""

    at: float
    session: str
    event: Event
