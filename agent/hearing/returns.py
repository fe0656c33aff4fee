"""Whether a sound that was played comes back: when, and how loud.

The delay is where the generalised cross-correlation with phase transform (Knapp and
Carter, 1976) peaks: whitened, it stays sharp in a room that rings.
"""

import msgspec
import numpy as np
import numpy.typing as npt

from agent.ports import RATE

_LATEST = 1.5
"""Seconds: even what goes through the air and two radios is not later."""

_STANDS_OUT = 8.0
"""How far above the rest, in standard deviations, a peak is no chance: noise comes to 4,
another sentence of the same voice to 6, and the same one to 14 even in noise that is
6 dB louder."""

_WHITENED = 1e-3
"""Of the strongest frequency: what is softer is not raised to the others, since where
neither signal has anything, whatever is left of them would count as much."""

_QUIET = 1e-10  # of full scale squared: -100 dBFS

_Samples = npt.NDArray[np.float64]


class Return(msgspec.Struct, frozen=True):
    """The sound came *delay* seconds after the beginning of what was heard, with *level*
    dBFS, which is *gain* dB more than was sent."""

    delay: float
    level: float
    gain: float


def loudness(pcm: bytes) -> float:
    """The mean level of 16-bit PCM in dBFS, -100 at least."""
    return _decibels(_power(_samples(pcm)))


def find(sent: bytes, heard: bytes) -> Return | None:
    """Where in the first moments of *heard* the sound *sent* begins, if it does; both
    are PCM at 16 kHz."""
    played, recorded = _samples(sent), _samples(heard)
    if len(recorded) < len(played) or not played.any() or not recorded.any():
        return None
    size = len(played) + len(recorded)
    cross = np.fft.rfft(recorded, size) * np.fft.rfft(played, size).conj()
    strength = np.abs(cross)
    white = cross / (strength + _WHITENED * strength.max())
    likeness = np.fft.irfft(white, size)[: round(_LATEST * RATE)]
    at = int(np.argmax(likeness))
    if likeness[at] < _STANDS_OUT * likeness.std():
        return None
    level = _decibels(_power(recorded[at : at + len(played)]))
    return Return(at / RATE, level, level - _decibels(_power(played)))


def _samples(pcm: bytes) -> _Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float64) / 32_768


def _power(samples: _Samples) -> float:
    return float(np.mean(samples**2)) if samples.size else 0.0


def _decibels(power: float) -> float:
    return float(10 * np.log10(power + _QUIET))
