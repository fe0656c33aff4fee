"""Any WAV file, as 16 kHz mono PCM.

Decoded by miniaudio, which forgives what writers get wrong (sizes of streams, odd and
missing chunks, an end that never came). Resampled by soxr: from 48 kHz, miniaudio's own
resampler lets what is above 8 kHz through at -6 dB as noise, soxr at less than -74 dB.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from agent.errors import Misconfigured
from agent.hearing.microphones.backends.miniaudio import load
from agent.ports import RATE

_PIECE = 4096  # frames decoded at a time, so that an hour is not held in memory

_KNOWN = {1, 3, 6, 7}
"""WAVE_FORMAT tags that are decoded: PCM, float, A-law and mu-law."""

if TYPE_CHECKING:
    # Loaded where it is played, in a thread, so that a file is opened at once.
    import numpy as np
    import numpy.typing as npt

    _Samples: TypeAlias = npt.NDArray[np.float32]


class Wav:
    """A file that can be decoded; raises `Misconfigured` when *path* is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        miniaudio = load()
        try:
            info = miniaudio.wav_get_file_info(str(path)) if path.is_file() else None
        except miniaudio.MiniaudioError:
            info = None
        if info is None or info.sub_format not in _KNOWN:
            raise Misconfigured(
                f'"{path}" {_what_it_is(path)}; give a WAV file'
                " (PCM of 8 to 32 bits or float, at any rate, mono or stereo)"
            )
        self._rate: int = info.sample_rate
        self._channels: int = info.nchannels

    def pieces(self) -> Iterator[bytes]:
        """The sound, in pieces of any length."""
        mono = self._mono()
        for samples in mono if self._rate == RATE else _resampled(mono, self._rate):
            yield _pcm(samples)

    def _mono(self) -> Iterator["_Samples"]:
        import numpy as np

        miniaudio = load()
        decoded = miniaudio.stream_file(
            str(self._path),
            output_format=miniaudio.SampleFormat.FLOAT32,
            nchannels=self._channels,
            sample_rate=self._rate,
            frames_to_read=_PIECE,
        )
        for piece in decoded:
            frames = np.asarray(piece, np.float32).reshape(-1, self._channels)
            # One impossible number of a float file would spoil all that follows it.
            yield np.nan_to_num(frames.mean(axis=1)).clip(-1, 1)


def _what_it_is(path: Path) -> str:
    if not path.exists():
        return "does not exist"
    if not path.is_file():
        return "is a folder" if path.is_dir() else "is not a file"
    try:
        path.open("rb").close()
    except OSError as exc:
        return f"cannot be read ({exc.strerror})"
    return "is no sound that can be decoded"


def _resampled(samples: Iterable["_Samples"], rate: int) -> Iterator["_Samples"]:
    import numpy as np
    import soxr

    stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
    for piece in samples:
        yield stream.resample_chunk(piece)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _pcm(samples: "_Samples") -> bytes:
    import numpy as np

    return np.rint(samples * 32768).clip(-32768, 32767).astype("<i2").tobytes()


def in_blocks(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """*pieces* cut anew into *size* bytes; the last one is filled up with silence."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting).ljust(size, b"\0")
