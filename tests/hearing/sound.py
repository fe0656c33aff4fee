"""Sounds to listen to, as 16 kHz mono PCM, and the weights to hear them with."""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from agent.config.folders import models_dir
from agent.ports import RATE

SILERO = "silero_vad_16k_op15.onnx"


def silero_weights() -> Path:
    """Where set-up put Silero's weights; skips the test if it did not."""
    path = models_dir() / SILERO
    if not path.exists():
        pytest.skip(f"{path} is missing: the weights come with the set-up")
    return path


def frames(pcm: bytes, block: int) -> list[bytes]:
    """*pcm* in whole frames of *block* samples."""
    size = 2 * block
    return [pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)]


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def tone(seconds: float, level: float, hertz: float = 440) -> bytes:
    """A sine of *level* dBFS."""
    at = np.arange(round(seconds * RATE)) / RATE
    return _pcm(np.sqrt(2) * np.sin(2 * np.pi * hertz * at), level)


def white(seconds: float, level: float, seed: int = 1) -> bytes:
    return _pcm(_normal(seconds, seed), level)


def pink(seconds: float, level: float) -> bytes:
    """Noise with equal power in every octave, like that of most rooms."""
    spectrum = np.fft.rfft(_normal(seconds))
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)))
    return _pcm(noise / noise.std(), level)


def quieter(pcm: bytes, decibels: float) -> bytes:
    return _pcm(np.frombuffer(pcm, "<i2").astype(float) / 32768, -decibels)


def mixed(one: bytes, other: bytes) -> bytes:
    """Both at once; *one* says how long."""
    first, second = (np.frombuffer(pcm, "<i2").astype(float) for pcm in (one, other))
    return _pcm((first + second[: len(first)]) / 32768, 0)


@cache
def spoken(text: str) -> bytes:
    """*text* in the voice of Pico; skips the test where it cannot speak."""
    pico = pytest.importorskip("ttspico")
    pcm: bytes = pico.TtsEngine("en-GB").speak(text)
    return pcm


def _normal(seconds: float, seed: int = 1) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=round(seconds * RATE))


def _pcm(samples: npt.NDArray[np.float64], level: float) -> bytes:
    scaled = samples * 32768 * 10 ** (level / 20)
    return scaled.clip(-32768, 32767).astype("<i2").tobytes()
