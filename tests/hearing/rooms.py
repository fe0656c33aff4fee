"""Rooms in which a loudspeaker is heard by a microphone, as 16 kHz mono PCM."""

import msgspec
import numpy as np
import numpy.typing as npt

from agent.ports import RATE

Samples = npt.NDArray[np.float64]


class Room(msgspec.Struct, frozen=True):
    """How an echo sounds: so many seconds late and decibels softer, with the
    reverberation of a furnished room. *overdriven* is a small loudspeaker at its
    limits; the sound card's clock is fast by *drift*."""

    delay: float = 0.06
    level: float = -26
    rt60: float = 0.35
    overdriven: bool = False
    drift: float = 0.0

    def echo(self, played: bytes) -> bytes:
        """What is heard of *played*, over a soft hiss."""
        sound = _samples(played)
        if self.overdriven:
            sound = np.tanh(2 * sound) / 2
        if self.drift:
            at = np.arange(len(sound)) * (1 + self.drift)
            sound = np.interp(at, np.arange(len(sound)), sound, right=0)
        heard = _convolved(sound, self._impulse()) * 10 ** (self.level / 20)
        late = np.pad(heard, (round(self.delay * RATE), 0))[: len(sound)]
        return _pcm(late + _random(len(sound)) * 10 ** (-75 / 20))

    def _impulse(self) -> Samples:
        """Noise that falls by 60 dB within *rt60*, after the direct sound."""
        at = np.arange(round(self.rt60 * RATE)) / RATE
        impulse = 0.1 * _random(len(at), seed=2) * 10 ** (-3 * at / self.rt60)
        impulse[0] = 1
        return impulse / np.linalg.norm(impulse)


def loudness(pcm: bytes) -> float:
    """In dBFS, on average."""
    return float(10 * np.log10(np.mean(_samples(pcm) ** 2) + 1e-10))


def likeness(one: bytes, other: bytes) -> float:
    """How much alike two sounds are, at best, if one may be late; 1 is the same."""
    a, b = _samples(one), _samples(other)
    spectrum = np.fft.rfft(a, 2 * len(a)) * np.fft.rfft(b, 2 * len(a)).conj()
    norm = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.abs(np.fft.irfft(spectrum)).max() / norm)


def _convolved(sound: Samples, impulse: Samples) -> Samples:
    n = len(sound) + len(impulse)
    spectrum = np.fft.rfft(sound, n) * np.fft.rfft(impulse, n)
    whole: Samples = np.fft.irfft(spectrum, n)
    return whole[: len(sound)]


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(float) / 32768


def _random(count: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(size=count)


def _pcm(samples: Samples) -> bytes:
    return (samples * 32768).clip(-32768, 32767).astype("<i2").tobytes()
