"""What the conversation needs from outside, as small structural types.

Adapters satisfy these without importing them. Everything that is awaited may
raise `Unavailable` (wait and retry) or `Refused` (retrying is pointless).
PCM is little-endian signed 16-bit mono throughout.
"""

from agent.ports.bus import Letter, Letterbox
from agent.ports.hearing import (
    RATE,
    Ear,
    EndpointPolicy,
    Listening,
    Microphone,
    Transcriber,
    Transcript,
    Utterance,
)
from agent.ports.speaking import (
    Passage,
    Shape,
    Shelf,
    Speaker,
    Voice,
)
from agent.ports.thinking import (
    Exchange,
    Mind,
    Outbox,
    Part,
    Pushed,
    Question,
    Seen,
    Whole,
)

__all__ = [
    "RATE",
    "Ear",
    "EndpointPolicy",
    "Exchange",
    "Letter",
    "Letterbox",
    "Listening",
    "Microphone",
    "Mind",
    "Outbox",
    "Part",
    "Passage",
    "Pushed",
    "Question",
    "Seen",
    "Shape",
    "Shelf",
    "Speaker",
    "Transcriber",
    "Transcript",
    "Utterance",
    "Voice",
    "Whole",
]
