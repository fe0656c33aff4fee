"""The period of a voice, from a few of them.

By normalised autocorrelation: where sound resembles itself most, a period later. Each
lag is weighed by the energies of the two parts that it compares (as in D. Talkin, "A
robust algorithm for pitch tracking", 1995), so that no lag is favoured for being short.
"""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

LOWEST, HIGHEST = 70.0, 420.0  # Hz

Samples: TypeAlias = npt.NDArray[np.float64]

_ENOUGH = 8_000
"""Samples per second: what is higher than 4 kHz tells nothing about the period."""

_WINDOW = 2.5 / LOWEST  # seconds
_QUIET = 10.0  # of 32768: what is softer is no voice
_VOICED = 0.5
_AS_GOOD = 0.88
"""Two periods later it sounds as much alike: of lags nearly as good as the best, the
first is the period."""

_NEAR = 0.2
_FAITHFUL = 0.1
"""A voice seldom jumps: what is within a fifth of the period before is believed more."""


class Pitch:
    """Measures periods in sound of *rate* samples per second."""

    def __init__(self, rate: int) -> None:
        self._thinned = max(1, round(rate / _ENOUGH))
        self._count = round(_WINDOW * rate / self._thinned)
        self._first = math.floor(rate / self._thinned / HIGHEST)
        self._last = math.ceil(rate / self._thinned / LOWEST)
        self._lags = np.arange(self._last + 2)
        self._nothing = np.zeros(self._last + 1)
        self.window = self._thinned * (self._count + 1)
        """How many samples `period` looks at."""

    def period(self, samples: Samples, before: float | None) -> float | None:
        """In samples, at the middle of *samples*; None where there is no voice.

        *before* is what the period was a moment ago. Whole numbers are added up, which
        is exact in any order: the result is the same wherever they are in memory.
        """
        sums = np.add.reduceat(samples, np.arange(0, samples.size, self._thinned))
        thin = sums[1:] + sums[:-1]
        thin -= np.rint(thin.mean())
        power = np.concatenate(([0.0], np.cumsum(thin * thin)))
        if power[-1] <= thin.size * (_QUIET * 2 * self._thinned) ** 2:
            return None
        alike = np.correlate(np.concatenate((thin, self._nothing)), thin, "valid")
        parts = power[thin.size - self._lags] * (power[-1] - power[self._lags])
        lag = self._best(alike / np.sqrt(parts + 1.0), before)
        return None if lag is None else lag * self._thinned

    def _best(self, alike: Samples, before: float | None) -> float | None:
        """The lag of the period, with the fraction that a parabola tells."""
        inner = alike[self._first : self._last + 1]
        left = alike[self._first - 1 : self._last]
        right = alike[self._first + 1 : self._last + 2]
        (peaks,) = np.nonzero((inner > left) & (inner >= right))
        if not peaks.size:
            return None
        heights = inner[peaks]
        if before is not None:
            expected = before / self._thinned
            near = np.abs(peaks + self._first - expected) < _NEAR * expected
            heights = heights + _FAITHFUL * near
        best = heights.max()
        if best < _VOICED:
            return None
        at = int(peaks[np.argmax(heights >= _AS_GOOD * best)])
        bend = left[at] - 2 * inner[at] + right[at]
        return float(self._first + at + (left[at] - right[at]) / 2 / bend)
