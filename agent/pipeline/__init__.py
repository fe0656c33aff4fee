"""The conversation: listen → transcribe → think → speak.

Work goes right along three memory channels (``sounds``, ``heard``, ``lines``);
facts fall down to the hub; nothing comes back up except through the `Floor`.
A stage never closes a channel that it was handed: it may be restarted.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from agent.events import Dismissed, Event, SpeechEnded, SpeechStarted
from agent.sounds import Paused, Resumed

Publish: TypeAlias = Callable[[Event], None]

Sound: TypeAlias = SpeechStarted | bytes | Paused | Resumed | SpeechEnded | Dismissed
"""What ``sounds`` carries: about 100 ms of PCM at a time between start and end."""


class Line(msgspec.Struct, frozen=True):
    """What ``lines`` carries: a sentence or so to say, and the turn it answers."""

    turn: int
    text: str
    streamed: bool = False
    """Whether there was more to come when this came."""
