"""Where the grains of speech have their middle: a mark each period, as it streams."""

import cmath
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from agent.speaking.psola.pitch import Pitch, Samples

_HOP = 0.01  # seconds from one look at the pitch to the next
_UNVOICED = 0.008  # seconds between marks where there is no voice

_ASTRAY = 1 / 6
"""Periods that a mark may be away from where the pitch expects it: beyond that, marks
would hop from one peak within the period to the other."""

_PULL = 1 / 20
"""Periods by which a mark is drawn towards the middle of its period at most: it gets
there within a few, and the pitch hardly notices."""


class Mark:
    """A grain has its middle at sample *at*; *period*: that of the voice there, in
    samples, if there is one."""

    __slots__ = ("at", "period")

    def __init__(self, at: int, period: int | None) -> None:
        self.at = at
        self.period = period


class Marks:
    """Marks in the sound that is fed. They are set hop by hop: how the sound is cut
    into pieces makes no difference.

    The first is at sample 0. Before it there is *past*, and before that, silence.
    """

    def __init__(self, rate: int, past: Samples) -> None:
        self._pitch = Pitch(rate)
        self._hop = round(_HOP * rate)
        self._unvoiced = round(_UNVOICED * rate)
        self._period: float | None = None
        self._looked = 0  # the middle of the next look
        self._sound = np.concatenate((np.zeros(2 * self._pitch.window), past))
        self._start = -self._sound.size
        self.known = [Mark(0, None)]

    @property
    def heard(self) -> int:
        """How many samples were fed."""
        return self._start + self._sound.size

    def feed(self, samples: Samples) -> None:
        self._sound = np.concatenate((self._sound, samples))

    def sound(self, begin: int, end: int) -> Samples:
        """What was fed, from sample *begin* to *end*; not to be changed."""
        return self._sound[begin - self._start : end - self._start]

    def forget(self, count: int) -> None:
        """The first *count* marks are not needed any more, nor what was before them."""
        del self.known[:count]
        needed = min(self.known[0].at, self._looked) - self._pitch.window
        if needed > self._start:
            self._sound = self._sound[needed - self._start :]
            self._start = needed

    def advance(self) -> bool:
        """Look at the pitch once more and set the marks that it tells; False if that
        takes more sound."""
        begin = self._looked - self._pitch.window // 2
        end = begin + self._pitch.window
        if end > self.heard:
            return False
        self._period = self._pitch.period(self.sound(begin, end), self._period)
        until = self._looked + self._hop // 2
        step = self._unvoiced if self._period is None else round(self._period)
        while self.known[-1].at + step < until:
            self.known.append(self._next(self.known[-1], step))
        self._looked += self._hop
        return True

    def _next(self, last: Mark, step: int) -> Mark:
        if self._period is None:
            return Mark(last.at + step, None)
        if last.period is None:  # a voice sets in
            at = last.at + step
            return Mark(at + self._off(at, step), step)
        at = self._alike(last.at, step)
        pull = round(_PULL * step)
        return Mark(at + min(pull, max(-pull, self._off(at, step))), step)

    def _alike(self, last: int, period: int) -> int:
        """About a period after *last*, where it sounds most like there."""
        half, astray = period // 2, round(_ASTRAY * period)
        first = last + period - astray
        pattern = self.sound(last - half, last + half)
        around = self.sound(first - half, first + 2 * astray + half)
        power = np.concatenate(([0.0], np.cumsum(around * around)))
        parts = power[2 * half :] - power[: -2 * half]
        alike = np.correlate(around, pattern, "valid") / np.sqrt(parts + 1.0)
        return first + int(alike.argmax())

    def _off(self, at: int, period: int) -> int:
        """How much later than *at* the energy of the period around it has its middle.

        There, neighbouring harmonics are in phase, and a grain loses the least of them
        when it is repeated at another distance: up to 1.5 dB otherwise.
        """
        begin = at - period // 2
        sound = self.sound(begin, begin + period)
        circle = complex(np.dot(sound * sound, _circle(period)))
        return round(cmath.phase(circle) / math.tau * period)


@lru_cache(1024)
def _circle(period: int) -> npt.NDArray[np.complex128]:
    """One turn in *period* steps, at 1 in the middle."""
    turn: npt.NDArray[np.complex128]
    turn = np.exp(2j * np.pi / period * (np.arange(period) - period // 2))
    return turn
