"""How long each turn took, stage by stage: a fold over what happened."""

from agent.events import (
    AnswerBegun,
    Asked,
    Event,
    Heard,
    Shown,
    Sounding,
    SpeechEnded,
    Timed,
    Unspoken,
    VoiceBegun,
)

_KEPT = 64
"""Turns remembered; older ones never sounded and never will."""


class Latencies:
    """Feed it every event with its time; a turn's `Timed` comes out once it sounds.

    The zero of a spoken turn is the end of speech (not the end of the hangover),
    that of a typed one the moment its text was given.
    """

    def __init__(self) -> None:
        self._zero: dict[int, float] = {}
        self._stages: dict[int, dict[str, float]] = {}

    def feed(self, event: Event, at: float) -> Timed | None:
        match event:
            case SpeechEnded(turn, quiet=quiet):
                self._begin(turn, at - quiet)
            case Heard(turn):
                if turn not in self._zero:
                    self._begin(turn, at)
                self._mark(turn, "transcript", at)
            case Asked(turn):
                self._mark(turn, "request", at)
            case AnswerBegun(turn):
                self._mark(turn, "first_answer", at)
            case VoiceBegun(turn):
                self._mark(turn, "first_audio", at)
            case Sounding(turn):
                self._mark(turn, "first_sample", at)
                return self._finish(turn)
            case Unspoken(turn) | Shown(turn):
                return self._finish(turn)
            case _:
                pass
        return None

    def _begin(self, turn: int, at: float) -> None:
        self._zero[turn] = at
        self._stages[turn] = {}
        while len(self._zero) > _KEPT:
            oldest = next(iter(self._zero))
            del self._zero[oldest], self._stages[oldest]

    def _mark(self, turn: int, stage: str, at: float) -> None:
        """Only the first time counts: a turn's later lines and retries are no latency."""
        if turn in self._zero:
            self._stages[turn].setdefault(stage, max(0.0, at - self._zero[turn]))

    def _finish(self, turn: int) -> Timed | None:
        if turn not in self._zero:
            return None
        del self._zero[turn]
        return Timed(turn, **self._stages.pop(turn))
