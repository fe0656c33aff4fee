"""What Tonny is doing: a fold over what happened."""

from typing import Literal, TypeAlias

import msgspec

from agent.events import (
    Dismissed,
    Event,
    Heard,
    Ready,
    SessionEnded,
    Silent,
    Sounding,
    SpeechEnded,
    SpeechStarted,
    Timed,
    Unheard,
)

Doing: TypeAlias = Literal[
    "initialising", "ready", "listening", "processing", "speaking", "shutting down"
]


class Activity(msgspec.Struct, frozen=True):
    """What goes on, and in which of the user's turns."""

    doing: Doing = "initialising"
    turn: int = 0

    def after(self, event: Event) -> "Activity":
        """What goes on once *event* has happened."""
        if self.doing == "shutting down":
            return self
        match event:
            case Ready("microphone") if self.doing == "initialising":
                return self._now("ready")
            case SpeechStarted():
                return self._now("listening")
            case SpeechEnded():
                return self._now("processing")
            case Heard(turn):
                return Activity("processing", max(turn, self.turn))
            case Sounding():
                return self._now("speaking")
            case Timed() | Unheard() if self.doing == "processing":
                return self._now("ready")
            case Dismissed() | Silent():
                return self._now("ready")
            case SessionEnded():
                return self._now("shutting down")
            case _:
                return self

    def _now(self, doing: Doing) -> "Activity":
        return msgspec.structs.replace(self, doing=doing)
