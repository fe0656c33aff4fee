"""A WAV file that holds everything that was spoken."""

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from agent.errors import Misconfigured, Unavailable
from agent.speaking.speakers.resample import Resampler

FLUSHED_EVERY = 32_768
"""Bytes after which the header is put right: a killed run leaves a playable file."""


@asynccontextmanager
async def open_file(path: Path) -> AsyncIterator["FileSpeaker"]:
    """The file is made at once; its rate is that of the first sound (16 kHz if none)."""
    try:
        file = path.open("wb")
    except OSError as exc:
        raise Misconfigured(
            f"the speaker {path} cannot be written: {exc.strerror};"
            " give a file in a folder that you can write to"
        ) from exc
    with file:
        speaker = FileSpeaker(str(path), wave.open(file))  # noqa: SIM115 # closed below
        try:
            yield speaker
        finally:
            speaker.close()


class FileSpeaker:
    """Satisfies `agent.ports.Speaker`; what comes at another rate is resampled."""

    audible = False

    def __init__(self, name: str, out: wave.Wave_write) -> None:
        self.name = name
        self._out = out
        self._rate = 0
        self._resampler: Resampler | None = None
        out.setnchannels(1)
        out.setsampwidth(2)

    async def play(self, pcm: bytes, rate: int) -> None:
        if not self._rate:
            self._rate = rate
            self._out.setframerate(rate)
        if self._resampler is None or self._resampler.rate != rate:
            self._finish()
            self._resampler = Resampler(rate, self._rate)
        await self._write(self._resampler.feed(pcm))

    async def drain(self) -> None:
        self._finish()
        await trio.lowlevel.checkpoint()

    def silence(self) -> None:
        """What was written was said."""

    def _finish(self) -> None:
        """A line is over: its last samples are still in the resampler."""
        if self._resampler is not None:
            self._out.writeframesraw(self._resampler.flush())
            self._resampler = None

    async def _write(self, pcm: bytes) -> None:
        await trio.lowlevel.checkpoint()
        try:
            # writeframes puts the header's sizes right each time; a few milliseconds
            # of a page cache are no reason for a thread.
            self._out.writeframes(pcm)
        except OSError as exc:
            raise Unavailable(f"{self.name} cannot be written: {exc.strerror}") from exc

    def close(self) -> None:
        if not self._rate:
            self._out.setframerate(16_000)
        self._finish()
        self._out.close()
