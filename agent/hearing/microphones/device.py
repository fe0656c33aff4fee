"""A real microphone."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.ports import RATE

logger = logging.getLogger(__name__)

_STALLED = 0.6
"""Seconds without a block (and 10 blocks at least): the only sign that there is of
every kind of loss. A suspended or frozen server says nothing."""

_REMEDY = (
    "Connect one, choose another with --microphone NAME (tonny-agent devices lists"
    " them), or let a recording play its part: --microphone FILE.wav"
)


class DeviceMicrophone:
    """Satisfies `agent.ports.Microphone`."""

    live = True

    def __init__(self, wanted: str = "default") -> None:
        self.name = "the default microphone" if wanted == "default" else wanted
        self._wanted = wanted

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None]
    ) -> AsyncIterator["Capture"]:
        capture = Capture(heard, max(_STALLED, 10 * block / RATE))
        try:
            stream = await portaudio.open_input(
                self._wanted, RATE, block, capture.callback, capture.lose
            )
        except Unavailable as exc:
            capture.stop()
            raise Unavailable(f"{exc}. {_REMEDY}") from exc
        try:
            yield capture
        finally:
            capture.stop()
            await portaudio.closed(stream)


class Capture:
    """What is heard, from PortAudio's thread, until it is lost or stopped."""

    def __init__(self, heard: Callable[[bytes], None], stalled: float) -> None:
        self._heard = heard
        self._stalled = stalled
        self._token = trio.lowlevel.current_trio_token()
        self._lost = trio.Event()
        self._latest = time.monotonic()
        self._stopped = False
        self._bug: Exception | None = None

    async def ended(self) -> None:
        """Raise `Unavailable` when the device goes away or falls silent, or whatever
        *heard* raised: a device never just ends."""
        while not self._lost.is_set():
            quiet = time.monotonic() - self._latest
            if quiet > self._stalled:
                raise Unavailable("the microphone has stopped sending sound")
            with trio.move_on_after(self._stalled - quiet + 0.01):
                await self._lost.wait()
        if self._bug is not None:
            raise self._bug
        raise Unavailable("the microphone went away")

    def callback(self, pcm: Any, _frames: int, _time: Any, _status: Any) -> None:
        """Called by PortAudio with each block."""
        # A stream that could not be closed may still send when it wakes up.
        if self._stopped:
            return
        self._latest = time.monotonic()
        try:
            self._heard(bytes(pcm))
        except Exception as exc:  # noqa: BLE001 # `ended` raises it, in the event loop
            logger.error("what hears the microphone failed: %r", exc)  # noqa: TRY400 # it comes with its traceback from there
            self._bug = exc
            self.stop()
            self.lose()

    def lose(self) -> None:
        """Called by PortAudio when the stream is over; from any thread."""
        with suppress(trio.RunFinishedError):  # nobody is left to be told
            self._token.run_sync_soon(self._lost.set)

    def stop(self) -> None:
        self._stopped = True
