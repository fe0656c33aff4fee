"""Speech put together again from its grains, at another speed and pitch."""

import math
from functools import lru_cache

import numpy as np

from agent.speaking.psola.marks import Mark, Marks
from agent.speaking.psola.pitch import Samples

_ROOM = 0.2  # seconds: more than is ever begun and not told
_AFTER = 0.2  # seconds of silence after which everything is told

_KNEE, _FULL = 30_000.0, 32_767.0
"""What is stronger than the knee is bent, so that nothing is beyond full scale."""

_STRONGEST = 2.0


class Grains:
    """One utterance, from the moment on at which something is to be changed; *past*
    (PCM) is what was told of it until then.

    Between two grains, one fades out while the other fades in. Where both are voiced,
    each takes a period for that, whatever their distance, which sets the pitch.
    Elsewhere both take all of the distance: at speed 1, that gives the original.
    """

    def __init__(self, rate: int, past: bytes) -> None:
        self._marks = Marks(rate, _samples(past))
        self._after = bytes(2 * round(_AFTER * rate))
        # The grain that was placed last: its mark, its strength, and its direction.
        self._mark, self._gain, self._way = 0, 1.0, 1
        # The moment of the original that it stands for, and where it was placed.
        self._read = self._written = 0.0
        self._told = 0
        self._sum = np.zeros(round(_ROOM * rate))  # of grains, from `_told` on

    def feed(self, pcm: bytes, speed: float, ratio: float) -> bytes:
        """*pcm* at *speed* and *ratio* times the pitch, as far as it can be told."""
        self._marks.feed(_samples(pcm))
        told = []
        while self._marks.advance():
            final = self._told
            while (sure := self._place(speed, ratio)) is not None:
                final = sure
            told.append(self._tell(final))
        unneeded = max(0, self._mark - 1)
        self._marks.forget(unneeded)
        self._mark -= unneeded
        return b"".join(told)

    def flush(self, speed: float, ratio: float) -> bytes:
        """The rest."""
        left = self._marks.heard - self._read
        end = self._written + left / speed - self._told
        return self.feed(self._after, speed, ratio)[: 2 * max(0, round(end))]

    def _place(self, speed: float, ratio: float) -> int | None:
        """Place another grain; returns what is final then, None if that takes more
        marks."""
        known = self._marks.known
        if self._mark + 1 >= len(known):
            return None
        here, after = known[self._mark : self._mark + 2]
        fall = after.at - here.at
        pitched = ratio != 1 and bool(here.period and after.period)
        step = fall / ratio if pitched else float(fall)
        if self._read + step * speed > known[-1].at:
            return None
        mark = self._nearest(self._read + step * speed)
        before, there = known[max(0, mark - 1)], known[mark]
        if not (before.period and there.period):
            pitched, step = False, float(fall)
        stood, self._read = self._written, self._read + step * speed
        self._written += step
        stands = _whole(self._written)
        self._fade_out(_whole(stood), here.at, fall)
        again = mark == self._mark and not there.period
        self._mark, self._way = mark, -self._way if again else 1
        voiced = before.period and there.period
        self._gain = self._as_loud(there, ratio) if voiced else 1.0
        rise = there.at - before.at if pitched else stands - _whole(stood)
        self._fade_in(stands, there.at, min(rise, stands - self._told))
        ahead = there.period - there.period / ratio if there.period else 0.0
        return max(self._told, stands - max(0, math.ceil(ahead)))

    def _as_loud(self, mark: Mark, ratio: float) -> float:
        """How strong a grain must be for the voice to stay as loud, as the period
        before *mark* tells: again and again at its old distance, and at its new one."""
        if mark.period is None or ratio == 1:
            return 1.0
        size = mark.period
        window = np.concatenate((_rising(size), _falling(size)))
        grain = self._marks.sound(mark.at - 2 * size, mark.at) * window
        old, new = _power(grain, size), _power(grain, round(size / ratio))
        return min(_STRONGEST, math.sqrt(old / new)) if new else 1.0

    def _nearest(self, moment: float) -> int:
        known, mark = self._marks.known, self._mark
        while (
            mark + 1 < len(known) and known[mark].at + known[mark + 1].at < 2 * moment
        ):
            mark += 1
        return mark

    def _fade_out(self, place: int, at: int, size: int) -> None:
        if self._way > 0:
            sound = self._marks.sound(at, at + size)
        else:
            sound = self._marks.sound(at - size + 1, at + 1)[::-1]
        begin = place - self._told
        self._sum[begin : begin + size] += sound * (self._gain * _falling(size))

    def _fade_in(self, place: int, at: int, size: int) -> None:
        if self._way > 0:
            sound = self._marks.sound(at - size, at)
        else:
            sound = self._marks.sound(at + 1, at + size + 1)[::-1]
        end = place - self._told
        self._sum[end - size : end] += sound * (self._gain * _rising(size))

    def _tell(self, final: int) -> bytes:
        count = final - self._told
        told = _pcm(self._sum[:count])
        self._told = final
        self._sum[: self._sum.size - count] = self._sum[count:]
        self._sum[self._sum.size - count :] = 0
        return told


@lru_cache(1024)
def _falling(size: int) -> Samples:
    """The second half of a Hann window; together with `_rising` it is 1."""
    falling: Samples = 0.5 + 0.5 * np.cos(np.pi / size * np.arange(size))
    return falling


@lru_cache(1024)
def _rising(size: int) -> Samples:
    return 1.0 - _falling(size)


def _power(grain: Samples, distance: int) -> float:
    """Of *grain*, again and again at this distance."""
    count = -(-grain.size // distance)
    whole = np.zeros(count * distance)
    whole[: grain.size] = grain
    again = whole.reshape(count, distance).sum(axis=0)
    return float(np.dot(again, again)) / distance


def _whole(value: float) -> int:
    return int(value + 0.5)


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def _pcm(samples: Samples) -> bytes:
    strength = np.abs(samples)
    if samples.size and strength.max() > _KNEE:
        room = _FULL - _KNEE
        bent = _KNEE + room * np.tanh((strength - _KNEE) / room)
        samples = np.copysign(np.where(strength > _KNEE, bent, strength), samples)
    whole: bytes = np.rint(samples).astype("<i2").tobytes()
    return whole
