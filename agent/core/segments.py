"""Where in a recording is someone speaking, from when to when?

An ear tells what it finds, not when; but every frame goes through it, and an utterance
ends with the frame that ended it. So to count the frames is to know all times, to a
frame or three: a voice detector takes a while to believe that speech is over. The
level of the sound itself says the rest.
"""

import struct
from collections.abc import Iterator, Sequence

import msgspec

from agent.sounds import Begun, Ended, Sound

_STEP = 0.01
"""Seconds over which a level is taken."""

_EARLIER, _LATER = (0.15, 0.2), (0.1, 0.03)
"""Seconds by which the level may correct where speech starts, and where it ends."""

_ABOVE_NOISE, _BELOW_SPEECH = 2, 40
"""Sound is what is 6 dB louder than the noise, and at most 32 dB softer than the
loudest."""


class Pacing(msgspec.Struct, frozen=True):
    """How long a piece of a recording should be, in seconds.

    Up to *relaxed* only a pause as long as a turn's end ends it; from there on ever
    shorter ones do, and after *pressed* the first at all.
    """

    relaxed: float = 10.0
    pressed: float = 25.0

    def hangover_ms(self, seconds: float, longest: float, shortest: float) -> float:
        """The pause, in milliseconds, that ends a piece which has taken *seconds*."""
        late = (seconds - self.relaxed) / (self.pressed - self.relaxed)
        return longest - min(1.0, max(0.0, late)) * (longest - shortest)


class Piece(msgspec.Struct, frozen=True):
    """Someone speaks from *start* to *end*, in seconds from the beginning.

    *pcm* (16-bit mono) has a little more on both sides, for a recogniser's sake.
    """

    start: float
    end: float
    pcm: bytes


class Pieces:
    """Gathers the sounds of one recording, of *rate* samples a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._heard = 0
        self._pcm = bytearray()

    @property
    def seconds(self) -> float:
        """How long the piece under way is by now, with what goes before it."""
        return len(self._pcm) / (2 * self._rate)

    def feed(self, sounds: Sequence[Sound], samples: int) -> Iterator[Piece]:
        """The pieces that are complete with *sounds*, which is what the ear made of
        the next *samples* of the recording (0 for what its end left over)."""
        self._heard += samples
        for sound in sounds:
            match sound:
                case Begun():
                    self._pcm.clear()
                case bytes():
                    self._pcm += sound
                case Ended(voiced=True, too_short=False):
                    yield self._piece(sound)
                case _:
                    pass

    def _piece(self, ended: Ended) -> Piece:
        pcm = bytes(self._pcm)
        begin = (self._heard - len(pcm) // 2) / self._rate
        end = len(pcm) / (2 * self._rate) - ended.quiet
        start, end = _audible(pcm, self._rate, max(0.0, end - ended.seconds), end)
        return Piece(begin + start, begin + end, pcm)


def _audible(pcm: bytes, rate: int, start: float, end: float) -> tuple[float, float]:
    """The seconds, near *start* and *end*, where the sound in *pcm* begins and ends."""
    samples = round(rate * _STEP)
    whole = len(pcm) // (2 * samples) * 2 * samples
    steps = struct.iter_unpack(f"<{samples}h", memoryview(pcm)[:whole])
    levels = [sum(map(abs, step)) for step in steps]
    least = max(
        _ABOVE_NOISE * min(levels, default=0), max(levels, default=0) / _BELOW_SPEECH
    )

    def sounding(at: float, side: int) -> Iterator[int]:
        first = max(0, round((at - _EARLIER[side]) / _STEP))
        last = round((at + _LATER[side]) / _STEP)
        return (n for n in range(first, min(last, len(levels))) if levels[n] > least)

    start = next((n * _STEP for n in sounding(start, 0)), start)
    end = max(((n + 1) * _STEP for n in sounding(end, 1)), default=end)
    return start, end
