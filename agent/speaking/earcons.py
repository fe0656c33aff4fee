"""Short sounds that tell what Tonny does: made of a few soft notes, by formula."""

import math
from array import array
from functools import cache
from typing import Literal, TypeAlias

RATE = 24_000
LOUDNESS = 0.12
"""Of full scale: softer than speech."""

_ATTACK, _RELEASE = 0.008, 0.04
"""Seconds in which a note begins and ends."""

Earcon: TypeAlias = Literal["listening", "thinking", "error", "muted", "unmuted"]

_A4, _C5, _E5, _A5 = 440.0, 523.25, 659.26, 880.0
_NOTES: dict[Earcon, tuple[tuple[float, float], ...]] = {
    "listening": ((_E5, 0.06), (_A5, 0.09)),
    "thinking": ((_C5, 0.09),),
    "error": ((_C5, 0.12), (_A4, 0.16)),
    "muted": ((_A5, 0.06), (_A4, 0.09)),
    "unmuted": ((_A4, 0.06), (_A5, 0.09)),
}
"""Hertz and seconds of each note."""


@cache
def earcon(name: Earcon) -> bytes:
    """16-bit PCM at `RATE`: begins and ends in silence."""
    samples = array("h")
    for pitch, seconds in _NOTES[name]:
        samples.extend(_note(pitch, seconds))
    return samples.tobytes()


def _note(pitch: float, seconds: float) -> list[int]:
    count = round(seconds * RATE)
    return [_sample(n / RATE, pitch, seconds) for n in range(count)]


def _sample(at: float, pitch: float, seconds: float) -> int:
    """A sine with a little of its octave, like a soft bell."""
    rise = min(1.0, at / _ATTACK)
    fall = min(1.0, (seconds - at) / _RELEASE)
    wave = math.sin(math.tau * pitch * at) + 0.25 * math.sin(2 * math.tau * pitch * at)
    return round(32767 * LOUDNESS * rise * fall * wave)
