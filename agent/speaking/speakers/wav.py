"""A WAV file that holds everything that was spoken."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path

import trio

from agent.errors import Misconfigured, Unavailable
from agent.speaking.speakers.gain import Gain
from agent.speaking.speakers.resample import Resampler

_USUAL_RATE = 16_000


@asynccontextmanager
async def open_wav(path: Path, rate: int | None = None) -> AsyncIterator["WavSpeaker"]:
    """The file is made at once, and is a playable WAV at every moment from then on.

    Its rate is *rate*, else that of the first sound. Raises `Misconfigured` when it
    cannot be written.
    """
    try:
        file = FileIO(path, "w")
    except OSError as exc:
        raise Misconfigured(
            f'the speaker "{path}" cannot be written ({exc.strerror}); give a WAV file'
            " in a folder that is there and that you can write to"
        ) from exc
    with file:
        speaker = WavSpeaker(str(path), file, rate)
        try:
            yield speaker
        finally:
            speaker.finish()


class WavSpeaker:
    """Satisfies `agent.ports.Speaker`; what comes at another rate is resampled."""

    audible = False
    underruns = 0

    def __init__(self, name: str, file: FileIO, rate: int | None) -> None:
        self.name = name
        self._file = file
        self._rate = rate
        self._size = 0
        self._gain = Gain()
        self._resampler = Resampler(rate or _USUAL_RATE)
        self._write(b"")

    async def prepare(self, rate: int) -> None:
        """It is open from the beginning; its rate is that of what is really played."""

    async def play(self, pcm: bytes, rate: int) -> None:
        await trio.lowlevel.checkpoint()
        if self._rate is None:
            self._rate = rate
            self._resampler = Resampler(rate)
        loud = self._gain.apply(pcm, rate)
        self._write(self._resampler.feed(loud, rate))

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()
        self.finish()

    def finish(self) -> None:
        """A line has ended: write what the resampler still holds of it."""
        self._write(self._resampler.flush())

    def silence(self, *, at_once: bool = True) -> float:  # noqa: ARG002 # as the port
        """What was played is in the file already; what follows fades in."""
        self._gain.begin_softly()
        return 0.0

    def volume(self, db: float) -> None:
        self._gain.volume(db)

    def _write(self, pcm: bytes) -> None:
        """First the sound, then the header that counts it: both go to the page cache,
        which is quicker than a thread, and outlives us if we are killed."""
        rate = self._rate or _USUAL_RATE
        try:
            self._file.seek(44 + self._size)
            self._put(pcm)
            self._size += len(pcm)
            self._file.seek(0)
            self._put(_header(rate, self._size))
        except OSError as exc:
            raise Unavailable(
                f'"{self.name}" cannot be written ({exc.strerror})'
            ) from exc

    def _put(self, content: bytes) -> None:
        left = memoryview(content)
        while left:  # a full disk may take a part, before it takes nothing
            left = left[self._file.write(left) :]


def _header(rate: int, size: int) -> bytes:
    """RIFF, "fmt " (16-bit mono PCM) and the beginning of "data" with *size* bytes."""
    largest = 0xFFFF_FFFF  # what is beyond 4 GiB is for those who read to the end
    riff = struct.pack("<4sI4s", b"RIFF", min(36 + size, largest), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    return riff + form + struct.pack("<4sI", b"data", min(size, largest))
