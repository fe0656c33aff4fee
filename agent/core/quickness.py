"""How soon each of those that Tonny depends on has something to show: a fold over what
happened, of which the latest turns count."""

from collections import deque

import msgspec

from agent.events import (
    AnswerBegun,
    Asked,
    Event,
    Heard,
    SpeechEnded,
    VoiceBegun,
)

_COUNTED = 100
"""Turns of each."""

_REMEMBERED = 64
"""Turns under way; older ones have come to nothing."""


class Quick(msgspec.Struct, frozen=True):
    """Seconds that half of the turns take at most, and all but a twentieth of them."""

    p50: float
    p95: float


class Quickness:
    """Of a recogniser, from the end of speech to the text; of a mind, from the question
    to the beginning of its answer; of a voice, from there to the first sound."""

    def __init__(self) -> None:
        self._began: dict[int, float] = {}
        self._who: dict[int, str] = {}
        self._took: dict[str, deque[float]] = {}

    def feed(self, event: Event, at: float) -> None:
        match event:
            case SpeechEnded(turn, quiet=quiet):
                self._begin(turn, at - quiet)
            case Heard(turn, engine=engine):
                self._end(turn, engine, at)
            case Asked(turn, mind=mind):
                self._begin(turn, at)
                self._who[turn] = mind
            case AnswerBegun(turn) if turn in self._who:
                self._end(turn, self._who.pop(turn), at)
                self._begin(turn, at)
            case VoiceBegun(turn, voice):
                self._end(turn, voice, at)
            case _:
                pass

    def of(self, name: str) -> Quick | None:
        """None as long as nothing is known."""
        took = sorted(self._took.get(name, ()))
        if not took:
            return None
        last = len(took) - 1
        return Quick(took[round(0.5 * last)], took[round(0.95 * last)])

    def _begin(self, turn: int, at: float) -> None:
        self._began.pop(turn, None)
        self._began[turn] = at
        while len(self._began) > _REMEMBERED:
            oldest = next(iter(self._began))
            del self._began[oldest]
            self._who.pop(oldest, None)

    def _end(self, turn: int, name: str, at: float) -> None:
        began = self._began.pop(turn, None)
        if began is not None:
            took = self._took.setdefault(name, deque(maxlen=_COUNTED))
            took.append(max(0.0, at - began))
