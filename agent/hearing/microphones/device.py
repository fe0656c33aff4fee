"""A real microphone, through PortAudio."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.ports import RATE

logger = logging.getLogger(__name__)

OPEN_WITHIN, CLOSE_WITHIN = 3.0, 2.0
"""Seconds: after that the library hangs, and its thread is given up."""

STALLED_AFTER = 0.6
"""Seconds without a block: the one sign of every kind of loss, on every system."""


class DeviceMicrophone:
    """Satisfies `agent.ports.Microphone`."""

    live = True

    def __init__(self, name: str) -> None:
        self.name = "the default microphone" if name == "default" else name
        self._wanted = name

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None]
    ) -> AsyncIterator["_Stream"]:
        stream = _Stream(block, heard)
        try:
            with trio.fail_after(OPEN_WITHIN):
                await _in_thread(stream.open, self._wanted)
        except trio.TooSlowError:
            raise Unavailable(
                f"opening {self.name} hangs: the sound system does not answer"
            ) from None
        except Unavailable as exc:
            raise Unavailable(
                f"{exc}. Connect one, choose one with --microphone NAME, or let a"
                " recording play its part: --microphone FILE.wav"
            ) from exc
        try:
            yield stream
        finally:
            with trio.move_on_after(CLOSE_WITHIN, shield=True):
                await _in_thread(stream.close)


async def _in_thread(function: Callable[..., None], *arguments: object) -> None:
    await trio.to_thread.run_sync(
        partial(function, *arguments),
        abandon_on_cancel=True,
        limiter=portaudio.THREADS,
    )


class _Stream:
    """An open stream. Its callback runs in PortAudio's thread."""

    def __init__(self, block: int, heard: Callable[[bytes], None]) -> None:
        self._block = block
        self._heard = heard
        self._token = trio.lowlevel.current_trio_token()
        self._lost = trio.Event()
        self._blocks = 0
        self._bug: BaseException | None = None
        self._stream: Any = None

    def open(self, wanted: str) -> None:
        sounddevice = portaudio.library()
        try:
            index = portaudio.choose(wanted, output=False)
            self._stream = sounddevice.RawInputStream(
                samplerate=RATE,
                blocksize=self._block,
                device=index,
                channels=1,
                dtype="int16",
                latency="low",
                callback=self._callback,
                finished_callback=self._finished,
            )
            self._stream.start()
        except sounddevice.PortAudioError as exc:
            # After a daemon's restart the library has to look at the world anew.
            sounddevice._terminate()  # noqa: SLF001 # there is no public name for it
            sounddevice._initialize()  # noqa: SLF001
            raise Unavailable(f"the microphone cannot be opened: {exc}") from exc

    def close(self) -> None:
        self._stream.close(ignore_errors=True)

    async def ended(self) -> None:
        """A device never ends: raises `Unavailable` when it goes away or falls silent."""
        seen = -1
        while not self._lost.is_set():
            if seen == self._blocks:
                raise Unavailable("the microphone has stopped sending sound")
            seen = self._blocks
            with trio.move_on_after(STALLED_AFTER):
                await self._lost.wait()
        if self._bug is not None:
            raise self._bug
        raise Unavailable("the microphone went away")

    def _callback(self, pcm: Any, _frames: int, _time: Any, _status: Any) -> None:
        self._blocks += 1
        if self._bug is None:
            try:
                self._heard(bytes(pcm))
            except Exception as exc:  # it must not end in C: it is raised in `ended`
                self._bug = exc
                self._finished()

    def _finished(self) -> None:
        try:
            self._token.run_sync_soon(self._lost.set)
        except trio.RunFinishedError:
            pass  # nobody is there to be told
