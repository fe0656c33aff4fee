"""A WAV file that is heard as if someone were speaking."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import miniaudio
import numpy as np
import soxr
import trio

from agent.errors import Misconfigured
from agent.ports import RATE

PIECE = 4096
"""Frames decoded at a time."""


class FileMicrophone:
    """Satisfies `agent.ports.Microphone`; any PCM WAV, mixed down and resampled.

    Raises `Misconfigured` at once when *path* is no such file.
    """

    live = False

    def __init__(self, path: Path, *, fast: bool) -> None:
        self.name = str(path)
        self._path = path
        self._fast = fast
        self._rate, self._channels = _look_at(path)
        self._stop = threading.Event()

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None]
    ) -> AsyncIterator["FileMicrophone"]:
        self._block, self._heard = block, heard
        try:
            yield self
        finally:
            self._stop.set()

    async def ended(self) -> None:
        """Play the file, from a thread that stops soon when it is no longer wanted."""
        self._stop.clear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._stop_when_cancelled)
            await trio.to_thread.run_sync(self._play, limiter=trio.CapacityLimiter(1))
            nursery.cancel_scope.cancel()

    async def _stop_when_cancelled(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self._stop.set()

    def _play(self) -> None:
        due = time.monotonic()
        for frame in blocks(self._pieces(), 2 * self._block):
            if not self._fast:
                # A listener that makes us wait shifts what follows; nothing is
                # hurried after it.
                due = max(due + self._block / RATE, time.monotonic())
                self._stop.wait(due - time.monotonic())
            if self._stop.is_set():
                return
            self._heard(frame)

    def _pieces(self) -> Iterator[bytes]:
        return pcm_pieces(self._path, self._rate, self._channels)


def _look_at(path: Path) -> tuple[int, int]:
    try:
        info = miniaudio.get_file_info(str(path))
    except (miniaudio.MiniaudioError, OSError) as exc:
        reason = _reason(path)
        raise Misconfigured(
            f"{path} {reason}; give a WAV file (PCM, 8 to 48 kHz)"
        ) from exc
    return info.sample_rate, info.nchannels


def _reason(path: Path) -> str:
    if not path.exists():
        return "does not exist"
    if path.is_dir():
        return "is a folder"
    try:
        path.open("rb").close()
    except OSError as exc:
        return f"cannot be read ({exc.strerror})"
    return "is not a sound file that can be read"


def pcm_pieces(path: Path, rate: int, channels: int) -> Iterator[bytes]:
    """The file as 16 kHz mono s16le, piece by piece."""
    resample = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")
    stream = miniaudio.stream_file(
        str(path),
        output_format=miniaudio.SampleFormat.FLOAT32,
        nchannels=channels,
        sample_rate=rate,
        frames_to_read=PIECE,
    )
    for piece in stream:
        mono = np.asarray(piece, np.float32).reshape(-1, channels).mean(axis=1)
        yield _pcm(resample.resample_chunk(mono))
    yield _pcm(resample.resample_chunk(np.zeros(0, np.float32), last=True))


def _pcm(samples: np.ndarray) -> bytes:
    return (samples * 32767).clip(-32768, 32767).astype("<i2").tobytes()


def blocks(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """*pieces* cut anew into *size* bytes; the last one is filled up with silence."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting) + bytes(size - len(waiting))
