"""Sound to measure with: made here, so that nothing has to be fetched."""

import numpy as np

from agent.demo import QUESTION
from agent.hearing.microphones import read_pcm
from agent.ports import RATE


def speech() -> bytes:
    """The spoken part of the bundled question: 16 kHz, s16le, mono."""
    samples = np.frombuffer(read_pcm(QUESTION), "<i2")
    whole = samples[: samples.size // 320 * 320].reshape(-1, 320).astype(np.int32)
    frames = (np.abs(whole) > 500).any(axis=1)
    # A frame stays when any within 100 ms of it is loud: pauses go, words remain.
    near = np.convolve(frames, np.ones(11), "same") > 0
    return whole[near].astype("<i2").tobytes()


def noise(seconds: float, dbfs: float) -> bytes:
    """White noise at this level: a quiet room."""
    rng = np.random.default_rng(1)
    level = 32768 * 10 ** (dbfs / 20)
    samples = rng.normal(0, level, round(seconds * RATE))
    return samples.clip(-32768, 32767).astype("<i2").tobytes()
