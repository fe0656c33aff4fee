"""Speed and pitch, measured on Pico's speech and on vowels of a known pitch."""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.settings import Vad
from agent.speaking.psola import Psola
from tests.bench.listener import Listener
from tests.e2e.agent_process import word_errors
from tests.hearing import sound

RATE = 16_000
SENTENCES = [
    "The light in the kitchen is on, and the door is closed.",
    "Please remind me to call my sister tomorrow morning.",
    "The next train to the airport leaves in twenty minutes.",
    "It will rain in the afternoon, so take an umbrella with you.",
    "Your meeting with the doctor has been moved to Thursday.",
    "There are three new messages, and one of them is from your brother.",
    "I turned the heating down, because nobody is at home.",
    "The shop on the corner is open until nine in the evening.",
    "She stopped in front of the old house and looked at it for a long time.",
    "In winter the people went to the market on their skates.",
    "Their mother asked them where they had been for so long.",
    "That night they opened the window and listened.",
    "In the morning there was a little boat in front of the door.",
    "The woman was not there, but a warm cup of tea stood beside the window.",
    "Next to it lay a letter, and in it there was a map of the river.",
    "The children sat down and gave her a piece of bread.",
]
FRAME = 512  # samples, each 8 ms after the one before
Samples = npt.NDArray[np.float64]


def changed(pcm: bytes, speed: float, semitones: float, size: int = 640) -> bytes:
    shape = Psola(RATE)
    shape.speed, shape.semitones = speed, semitones
    pieces = [shape.feed(pcm[at : at + size]) for at in range(0, len(pcm), size)]
    return b"".join(pieces) + shape.flush()


def vowel(hertz: float, seconds: float = 1.5) -> bytes:
    """Pulses through three formants, like an "a"."""
    count = round(seconds * RATE)
    phase = np.floor(np.arange(count) * hertz / RATE)
    pulses = np.diff(phase, prepend=-1.0)
    spectrum = np.fft.rfft(pulses, 2 * count)
    at = np.fft.rfftfreq(2 * count, 1 / RATE)
    for formant, width in ((700, 110), (1200, 120), (2600, 160)):
        spectrum /= 1 - (at / formant) ** 2 + 1j * at * width / formant**2
    wave = np.fft.irfft(spectrum)[:count]
    pcm: bytes = (wave / np.abs(wave).max() * 9000).astype("<i2").tobytes()
    return pcm


def pitch(pcm: bytes) -> float:
    """The fundamental of a steady sound, by the peak of its autocorrelation."""
    wave = np.frombuffer(pcm, "<i2").astype(float)[RATE // 4 :][: RATE // 2]
    spectrum = np.abs(np.fft.rfft(wave - wave.mean(), 4 * wave.size)) ** 2
    alike = np.fft.irfft(spectrum)
    low, high = RATE // 500, RATE // 60
    best = alike[low:high].max()
    period = low + int(np.argmax(alike[low:high] > 0.9 * best))
    while alike[period + 1] > alike[period]:
        period += 1
    return RATE / period


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.3, 2.0])
def test_speech_takes_as_much_longer_as_it_is_slower(speed: float) -> None:
    said = sound.spoken("The light in the kitchen is on, and the door is closed.")
    assert len(changed(said, speed, 0)) / len(said) == pytest.approx(
        1 / speed, rel=0.03
    )


@pytest.mark.parametrize("hertz", [90, 120, 200])
@pytest.mark.parametrize("semitones", [-4, 3, 6])
def test_a_voice_is_as_much_higher(hertz: float, semitones: float) -> None:
    before = vowel(hertz)
    after = changed(before, 1, semitones)
    wanted = 2 ** (semitones / 12)
    assert pitch(after) / pitch(before) == pytest.approx(wanted, rel=0.03)
    assert len(after) / len(before) == pytest.approx(1, rel=0.03)


def usual_pitch(pcm: bytes) -> float:
    """The median of a voice that goes up and down, where it is surely one: by the
    autocorrelation of each frame, parabolas between its samples."""
    wave = np.frombuffer(pcm, "<i2").astype(float)
    found: list[float] = []
    for at in range(0, wave.size - 2 * FRAME, 128):
        frame, longer = wave[at : at + FRAME], wave[at : at + 2 * FRAME]
        lags = np.arange(RATE // 400, RATE // 60)
        later = np.lib.stride_tricks.sliding_window_view(longer, FRAME)[lags]
        energy = np.sqrt((frame @ frame) * np.einsum("ij,ij->i", later, later)) + 1.0
        alike = (later @ frame) / energy
        best = int(np.argmax(alike > 0.97 * alike.max()))
        while best + 1 < alike.size and alike[best + 1] > alike[best]:
            best += 1
        if energy.max() < 1e8 or alike[best] < 0.9 or not 0 < best < alike.size - 1:
            continue
        left, top, right = alike[best - 1 : best + 2]
        bend = left - 2 * top + right
        found.append(RATE / (lags[best] + (left - right) / (2 * bend)))
    assert len(found) > 50
    return float(np.median(found))


@pytest.mark.parametrize(
    ("speed", "semitones"), [(1.0, 3), (1.3, 0), (1.3, 3), (0.8, -4)]
)
def test_speech_changes_by_as_much_as_is_asked_for(
    speed: float, semitones: float
) -> None:
    said = b"".join(map(sound.spoken, SENTENCES[:3]))
    after = changed(said, speed, semitones)
    higher = 2 ** (semitones / 12)
    assert len(after) / len(said) == pytest.approx(1 / speed, rel=0.03)
    assert usual_pitch(after) / usual_pitch(said) == pytest.approx(higher, rel=0.03)


@cache
def misheard(speed: float, semitones: float) -> float:
    """The word error rate of the embedded recogniser."""
    listener = Listener(Vad())
    errors = 0
    for text in SENTENCES:
        pcm = changed(sound.spoken(text), speed, semitones)
        errors += word_errors(text, listener.recognise(pcm)[0])
    return errors / sum(len(text.split()) for text in SENTENCES)


@pytest.mark.parametrize(("speed", "semitones"), [(1.3, 0), (1.0, 3)])
def test_speech_stays_intelligible(
    speed: float, semitones: float, models: Path
) -> None:
    assert models.is_dir()
    assert misheard(1, 0) < 0.1
    assert misheard(speed, semitones) <= misheard(1, 0) + 0.05


def test_as_it_is_it_passes_unchanged_and_at_once() -> None:
    said = sound.spoken("Hello there.")
    shape = Psola(RATE)
    assert shape.feed(said) == said
    assert shape.flush() == b""


def test_silence_stays_silence() -> None:
    assert not any(changed(bytes(RATE), 1.3, 3))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 4000), min_size=1, max_size=12))
def test_however_it_is_cut_the_result_is_the_same(sizes: list[int]) -> None:
    said = vowel(130, 0.6)
    shape, at, heard = Psola(RATE), 0, b""
    shape.speed, shape.semitones = 1.3, 3
    for size in sizes:
        heard += shape.feed(said[at : at + 2 * size])
        at += 2 * size
    heard += shape.feed(said[at:]) + shape.flush()
    assert heard == changed(said, 1.3, 3, len(said))


@settings(max_examples=20, deadline=None)
@given(
    st.binary(max_size=8000),
    st.lists(st.tuples(st.floats(0.5, 2), st.floats(-12, 12)), min_size=1, max_size=8),
)
def test_any_sound_and_any_change_give_some_sound(
    noise: bytes, manners: list[tuple[float, float]]
) -> None:
    shape, heard = Psola(RATE), b""
    for speed, semitones in manners:
        shape.speed, shape.semitones = speed, semitones
        heard += shape.feed(noise[: len(noise) & ~1])
    heard += shape.flush()
    assert len(heard) % 2 == 0
    assert len(heard) <= 2.2 * len(noise) * len(manners) + RATE


def test_a_change_in_mid_sentence_loses_nothing_and_does_not_click() -> None:
    said = vowel(120, 2)
    shape, heard = Psola(RATE), b""
    for at in range(0, len(said), 640):
        if at == 640 * 40:
            shape.semitones = 3
        heard += shape.feed(said[at : at + 640])
    heard += shape.flush()
    assert len(heard) / len(said) == pytest.approx(1, rel=0.03)
    jumps = [
        np.abs(np.diff(np.frombuffer(pcm, "<i2").astype(int))) for pcm in (said, heard)
    ]
    assert jumps[1].max() <= 1.3 * jumps[0].max()
