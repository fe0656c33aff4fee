"""Human speech and the noise of real rooms: what packages of Debian have of them.

``apt-get install asterisk-core-sounds-en-g722 asterisk-moh-opsound-g722
sonic-pi-samples bucklespring-data ffmpeg``: read prompts, music, ambiences, keys.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from agent.ports import RATE

Samples: TypeAlias = npt.NDArray[np.float64]
"""16 kHz, mono, -1 to 1."""

SHARE = Path("/usr/share")
PROMPTS = SHARE / "asterisk/sounds/en_US_f_Allison"
PACKAGES = {
    PROMPTS: "asterisk-core-sounds-en-g722",
    SHARE / "asterisk/moh": "asterisk-moh-opsound-g722",
    SHARE / "sonic-pi/samples": "sonic-pi-samples",
    SHARE / "buckle/wav": "bucklespring-data",
}

_BELOW_PEAK = 40.0  # dB: what is softer than that is no part of a prompt


class Missing(Exception):
    """What a figure is measured with is not on this machine; says what to install."""


class Prompt(msgspec.Struct, frozen=True):
    """What someone said, from its first sound to its last."""

    name: str
    samples: Samples

    @property
    def seconds(self) -> float:
        return self.samples.size / RATE


@cache
def prompts() -> list[Prompt]:
    """All that one speaker has read: words, and sentences of up to 9 s."""
    paths = sorted(_found(PROMPTS).rglob("*.g722"))
    read = [
        Prompt(str(path.relative_to(PROMPTS).with_suffix("")), trimmed(samples))
        for path, samples in zip(paths, _decoded(paths), strict=True)
        if samples.size and np.abs(samples).max() > 0.01
    ]
    # Beeps are there too, and say so in their names.
    return [each for each in read if not {"beep", "tone"} & set(_words(each.name))]


def _words(name: str) -> Iterator[str]:
    for word in name.replace("/", "-").replace("err", "").split("-"):
        yield word.lstrip("0123456789")


def noises(folder: str, *patterns: str) -> list[Samples]:
    """The recordings of *folder* below /usr/share whose names match, in order."""
    there = _found(SHARE / folder)
    paths = sorted({path for each in patterns for path in there.glob(each)})
    return [samples for samples in _decoded(paths) if samples.size]


def _found(folder: Path) -> Path:
    if shutil.which("ffmpeg") is None:
        raise Missing("ffmpeg reads the recordings: apt-get install ffmpeg")
    if not folder.is_dir():
        raise Missing(f"no {folder}: apt-get install {PACKAGES[folder]}")
    return folder


def _decoded(paths: Sequence[Path]) -> list[Samples]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(_decode, paths))


def _decode(path: Path) -> Samples:
    command = ["ffmpeg", "-v", "error", "-i", str(path)]
    command += ["-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    pcm = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(pcm, "<i2") / 32768


def trimmed(samples: Samples) -> Samples:
    """Without the silence around it, to 10 ms."""
    step = RATE // 100
    pieces = samples[: samples.size // step * step].reshape(-1, step)
    levels = 10 * np.log10((pieces**2).mean(axis=1) + 1e-10)
    (heard,) = np.nonzero(levels > levels.max() - _BELOW_PEAK)
    return samples[heard[0] * step : (heard[-1] + 1) * step]
