"""How loud it is: the facts that tell a microphone that works from one that does not."""

import math
from collections.abc import Callable, Iterable

import msgspec

from agent.core.loudness import Room
from agent.events import Level
from agent.ports import RATE

_FULL = 32_767
_CLIPPED = 3
"""Samples at the limit within one level: one may be the peak of a loud sound."""

_SILENT, _QUIETEST = -100.0, -96.0
"""dBFS: what stands for no sound at all, and the least that 16 bits can say."""

_FLAT = 0.1
"""dB by which the peak of a constant is above its mean, at most; a sine's is by 3."""


class Meter:
    """Takes every frame, and *hz* times a second makes a `Level` of them, while they are
    *wanted*. Runs in the audio thread: about 5 µs a frame."""

    def __init__(self, hz: float, wanted: Callable[[], bool] = lambda: True) -> None:
        self._wanted = wanted
        self._every = RATE / hz
        self._due = self._every  # samples until then
        self._room: Room | None = None
        self._start()

    def _start(self) -> None:
        self._samples = 0
        self._power = 0.0
        self._peak = 0
        self._clipped = 0
        self._voiced = False

    def heard(self, frame: bytes, voiced: bool) -> Level | None:
        """What there is to tell with *frame*, if it is time."""
        if not self._wanted():
            return None
        # Late, so that a microphone can be open before it is loaded.
        import numpy as np

        samples = np.frombuffer(frame, "<i2")
        floats = samples.astype(np.float32)  # squares overflow int16
        power = float(floats @ floats)
        if self._room is None:
            self._room = Room(samples.size / RATE)
        self._room.exceeded(_decibels(power / max(1, samples.size)))
        self._samples += samples.size
        self._power += power
        # The negative of -32768 is no 16-bit number.
        peak = max(int(samples.max()), -int(samples.min()))
        self._peak = max(self._peak, peak)
        if peak >= _FULL:
            self._clipped += int(np.count_nonzero(abs(floats) >= _FULL))
        self._voiced = self._voiced or voiced
        self._due -= samples.size
        return self._told(self._room) if self._due <= 0 else None

    def _told(self, room: Room) -> Level:
        level = Level(
            round(_decibels(self._power / self._samples), 1),
            round(_decibels(self._peak**2), 1),
            round(room.floor, 1),
            self._clipped >= _CLIPPED,
            self._voiced,
        )
        self._due += self._every
        self._start()
        return level


class Verdict(msgspec.Struct, frozen=True):
    """Of some seconds: whether nothing moved at all, or all of it was too loud, and how
    loud it was, in dBFS."""

    dead: bool
    clips: bool
    rms: float
    peak: float


def judged(levels: Iterable[Level]) -> Verdict:
    """What *levels*, of which there is at least one, tell of a microphone."""
    told = list(levels)
    power = sum(10 ** (level.rms / 10) for level in told) / len(told)
    return Verdict(
        dead=all(_unmoved(level) for level in told),
        clips=sum(level.clipping for level in told) > len(told) / 2,
        rms=round(10 * math.log10(power), 1),
        peak=max(level.peak for level in told),
    )


def _unmoved(level: Level) -> bool:
    """Zeros, or another constant: what some devices send while they are muted."""
    flat = level.peak - level.rms <= _FLAT and not level.clipping
    return flat or level.peak < _QUIETEST


def _decibels(power: float) -> float:
    """Of a mean square, in dBFS."""
    return max(_SILENT, 10 * math.log10(power / 32_768**2 + 1e-12))
