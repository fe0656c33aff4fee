"""A WAV file that is heard as if someone were speaking."""

import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import trio

from agent.hearing.microphones.wav import Wav, in_blocks
from agent.ports import RATE


class FileMicrophone:
    """Satisfies `agent.ports.Microphone`, in real time or as *fast* as can be heard.

    Raises `Misconfigured` at once, and again when opened, if *path* is no WAV file.
    """

    live = False

    def __init__(self, path: Path, *, fast: bool) -> None:
        Wav(path)
        self.name = str(path)
        self._path = path
        self._fast = fast

    @asynccontextmanager
    async def open(
        self,
        block: int,
        heard: Callable[[bytes], None],
        idle: Callable[[], bool],  # noqa: ARG002 # it never changes place
    ) -> AsyncIterator["Playback"]:
        """The file begins to play when its end is awaited: it can wait for a listener
        that still gets ready."""
        period = 0.0 if self._fast else block / RATE
        yield Playback(Wav(self._path), block, period, heard)


class Playback(msgspec.Struct, frozen=True):
    """A file that is played to *heard*, a block every *period* seconds."""

    wav: Wav
    block: int
    period: float
    heard: Callable[[bytes], None]

    async def ended(self) -> None:
        """Return at the end of the file, or raise what *heard* raised.

        Cancelled within a block; so is a *heard* that waits for the event loop.
        """
        await trio.to_thread.run_sync(self._play, limiter=trio.CapacityLimiter(1))

    def _play(self) -> None:
        tick = threading.Event()  # never set: its `wait` sleeps
        due = time.monotonic()
        for pcm in in_blocks(self.wav.pieces(), 2 * self.block):
            if self.period:
                # Whoever made us wait is not hurried afterwards.
                due = max(due + self.period, time.monotonic())
                tick.wait(due - time.monotonic())
            trio.from_thread.check_cancelled()
            self.heard(pcm)
