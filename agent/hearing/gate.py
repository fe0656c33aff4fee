"""What judges whether someone speaks, and what stands out from the room."""

import math
from collections import deque
from typing import Protocol

import numpy as np

from agent.core.loudness import Room
from agent.hearing.webrtc import WebRtc
from agent.ports import RATE

_WARM_UP = 4  # frames that a waking detector hears before its opinion counts
_STOOD_OUT = 0.5  # seconds for which a sound that stood out counts


class Engine(Protocol):
    """Judges one stream of audio, frame after frame of *frame* samples."""

    @property
    def frame(self) -> int: ...

    def probability(self, frame: bytes) -> float:
        """That someone speaks in *frame*, 0 to 1."""

    def reset(self) -> None:
        """Forget what was heard: the next frame does not follow the last one."""


def loudness(frame: bytes) -> float:
    """The level of 16-bit PCM in dBFS; -100 for digital silence."""
    samples = np.frombuffer(frame, "<i2").astype(np.float32)  # squares overflow int16
    power = float(samples @ samples) / max(1, samples.size)
    return 10 * math.log10(power / 32768**2 + 1e-10)


class Gated:
    """Spares a costly *engine* the silence.

    The gate opens when something stands out from the room or WebRTC's cheap detector
    takes it for a voice, and closes *hold* seconds after the last sign of either, or
    of speech by the engine's own judgement. An opening gate lets in the last moments
    first. The engine is not reset then: it remembers the silence in which the gate
    closed, and without any memory of silence it is slower to notice speech.

    Where nothing has stood out lately, a probability stays below *threshold*: what is
    no louder than the room may go on, but begins nothing. It is how the babble of a
    café, which is speech to any detector, is told from who speaks to us.
    """

    def __init__(
        self, engine: Engine, hold: float, release: float, threshold: float
    ) -> None:
        self.frame = engine.frame
        self._engine = engine
        self._release = release
        self._doubtful = math.nextafter(threshold, 0)
        self._stood_out = 0
        self._counts_for = math.ceil(_STOOD_OUT * RATE / engine.frame)
        self._hold = math.ceil(hold * RATE / engine.frame)
        self._left = self._hold
        self._before: deque[bytes] = deque(maxlen=_WARM_UP)
        self._room = Room(engine.frame / RATE)
        self._voice = WebRtc(frame=480)

    def probability(self, frame: bytes) -> float:
        """As the engine says, and 0 while the gate is closed."""
        loud = self._room.exceeded(loudness(frame))
        self._stood_out = self._counts_for if loud else max(0, self._stood_out - 1)
        stirring = loud or self._voice.probability(frame) > 0
        if stirring and not self._left:
            self._open()
        self._before.append(frame)
        if not stirring and not self._left:
            return 0.0
        probability = self._engine.probability(frame)
        if stirring or probability >= self._release:
            self._left = self._hold
        else:
            self._left -= 1
        return probability if self._stood_out else min(probability, self._doubtful)

    def reset(self) -> None:
        """Forget what was heard, except how loud the room is."""
        self._left = self._hold
        self._engine.reset()

    def _open(self) -> None:
        for frame in self._before:
            self._engine.probability(frame)


class Prominent:
    """Believes *engine* only where something stands out from the room.

    WebRTC's detector alone takes a steady hum for a voice that never stops.
    """

    def __init__(self, engine: Engine) -> None:
        self.frame = engine.frame
        self.reset = engine.reset
        self._engine = engine
        self._room = Room(engine.frame / RATE)

    def probability(self, frame: bytes) -> float:
        """As the engine says, and 0 for what is no louder than the room."""
        probability = self._engine.probability(frame)
        return probability if self._room.exceeded(loudness(frame)) else 0.0
