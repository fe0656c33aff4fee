"""Rooms: an hour of what is heard in them while nobody speaks to Tonny."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

import numpy as np

from agent.ports import RATE
from tests.bench.recordings import Samples, noises, prompts

Make: TypeAlias = Callable[[np.random.Generator, int], Samples]
"""So many samples of a noise, at any level."""

LOUDEST, SOFTEST = -25.0, -50.0
"""dBFS of a room: from one beside a busy road to one with a fan in it."""


@cache
def kinds() -> dict[str, Make]:
    """By name: so many samples of each kind of noise. Raises `Missing`."""
    music = noises("asterisk/moh", "*.g722")
    ambient = noises("sonic-pi/samples", "ambi_*.flac", "loop_*.flac", "vinyl_*.flac")
    things = noises("sonic-pi/samples", "perc_*.flac", "misc_*.flac", "elec_*.flac")
    keys = noises("buckle/wav", "*.wav")
    return {
        **made(),
        "music": lambda rng, size: _excerpt(rng, size, music),
        "ambience": lambda rng, size: _one_after_the_other(rng, size, ambient),
        "things": lambda rng, size: _now_and_then(rng, size, things, 1.5),
        "keys": lambda rng, size: _now_and_then(rng, size, keys, 0.12),
        "babble": _babble,
    }


def made() -> dict[str, Make]:
    """Those that need no recordings."""
    return {
        "white": lambda rng, size: _coloured(rng, size, 0.0),
        "pink": lambda rng, size: _coloured(rng, size, 0.5),
        "brown": lambda rng, size: _coloured(rng, size, 1.0),
        "hum": _hum,
        "fan": _fan,
    }


def hour(rng: np.random.Generator, minutes: int = 60) -> Iterator[tuple[str, Samples]]:
    """A minute of each kind in turn, at a level of its own, over a soft hiss."""
    named = [*kinds().items()]
    for minute in range(minutes):
        name, make = named[minute % len(named)]
        yield name, at_level(make(rng, 60 * RATE), rng.uniform(SOFTEST, LOUDEST))


def at_level(samples: Samples, dbfs: float) -> Samples:
    rms = np.sqrt((samples**2).mean())
    scaled: Samples = samples * (10 ** (dbfs / 20) / rms)
    return scaled


def pcm(samples: Samples) -> bytes:
    """As a microphone would give it; what is too loud is clipped."""
    return (samples * 32768).clip(-32768, 32767).astype("<i2").tobytes()


def _coloured(rng: np.random.Generator, size: int, slope: float) -> Samples:
    spectrum = np.fft.rfft(rng.normal(size=size))
    at = np.arange(1, spectrum.size + 1)
    return np.fft.irfft(spectrum / at**slope, size)


def _hum(rng: np.random.Generator, size: int) -> Samples:
    at = np.arange(size) / RATE
    tones = [np.sin(2 * np.pi * 50 * n * at) / n for n in (1, 2, 3, 5, 7)]
    hum: Samples = np.sum(tones, axis=0) + 0.05 * rng.normal(size=size)
    return hum


def _fan(rng: np.random.Generator, size: int) -> Samples:
    at = np.arange(size) / RATE
    blades = 1 + 0.3 * np.sin(2 * np.pi * 23 * at) + 0.2 * np.sin(2 * np.pi * 0.2 * at)
    return _coloured(rng, size, 0.7) * blades


def _excerpt(rng: np.random.Generator, size: int, songs: list[Samples]) -> Samples:
    song = songs[rng.integers(len(songs))]
    begin = rng.integers(max(1, song.size - size))
    return np.resize(song[begin : begin + size], size)


def _one_after_the_other(
    rng: np.random.Generator, size: int, sounds: list[Samples]
) -> Samples:
    order = [at_level(sounds[n], -30) for n in rng.permutation(len(sounds))]
    return np.resize(np.concatenate(order), size)


def _now_and_then(
    rng: np.random.Generator, size: int, sounds: list[Samples], every: float
) -> Samples:
    """About every so many seconds, in a room with a hiss 30 dB below."""
    room = rng.normal(0, 0.002, size)
    at = 0
    while (at := at + int(rng.exponential(every) * RATE)) < size:
        sound = sounds[rng.integers(len(sounds))][: size - at]
        room[at : at + sound.size] += sound
    return room


def _babble(rng: np.random.Generator, size: int) -> Samples:
    """Eight people at a time, none of whom can be made out."""
    said = [each.samples for each in prompts() if each.seconds > 2]
    room = np.zeros(size)
    for _ in range(8):
        order = [at_level(said[n], -30) for n in rng.permutation(len(said))[:40]]
        room += np.roll(np.resize(np.concatenate(order), size), rng.integers(size))
    return room
