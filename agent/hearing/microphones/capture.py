"""What comes from a device, in its audio thread, and whether it still does."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
import trio

from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones.backends import Take
from agent.hearing.microphones.shape import shaped
from agent.ports import RATE

logger = logging.getLogger(__name__)

_STALLED = 0.6
"""Seconds without a block (and 10 blocks at least): the only sign that there is of
every kind of loss. A suspended or frozen server says nothing."""

_ZEROS = 10.0
"""Seconds of nothing but zeros: no microphone is so quiet, unless it is switched off."""


class Hearing(msgspec.Struct, frozen=True):
    """Who hears, and how: *heard* gets every *block* samples of 16 kHz mono."""

    block: int
    heard: Callable[[bytes], None]
    audio: Audio = Audio()


class Capture:
    """What is heard of one stream, until it is lost or stopped."""

    def __init__(self, hearing: Hearing, device_block: float) -> None:
        """*device_block* is how many seconds come at a time."""
        self._hearing = hearing
        self._stalled = max(_STALLED, 10 * device_block)
        self._silence = bytes(2 * hearing.block)
        self._token = trio.lowlevel.current_trio_token()
        self._begun = trio.Event()
        self._lost = trio.Event()
        self._latest = self._sounded = time.monotonic()
        self._first = True
        self._stopped = False
        self._bug: Exception | None = None

    def begin(self, rate: int, channels: int) -> Take:
        """What to call with the device's PCM, from its thread."""
        audio = self._hearing.audio
        return shaped(
            rate,
            channels,
            self._hear,
            block=self._hearing.block,
            channel=audio.channel,
            gain_db=audio.gain_db,
        )

    def _hear(self, frame: bytes) -> None:
        # A stream that could not be closed may still send when it wakes up.
        if self._stopped:
            return
        self._latest = time.monotonic()
        if frame != self._silence:
            self._sounded = self._latest
        if self._first:
            self._first = False
            self._tell(self._begun)
        try:
            self._hearing.heard(frame)
        except Exception as exc:  # noqa: BLE001 # `over` returns it, in the event loop
            logger.error("what hears the microphone failed: %r", exc)  # noqa: TRY400 # it comes with its traceback from there
            self._bug = exc
            self.stop()
            self.lose()

    async def begun(self) -> None:
        """Wait for the first block: a device that opens is not always one that works."""
        with trio.move_on_after(self._stalled):
            await self._begun.wait()
            return
        raise Unavailable("the microphone sends no sound")

    async def over(self, zeros: Callable[[], bool]) -> Exception:
        """How it ended, once the device is lost: `Unavailable`, or what *heard* raised.
        *zeros* says whether it is, for lack of anything but silence."""
        while not self._lost.is_set():
            now = time.monotonic()
            quiet = now - self._latest
            if quiet > self._stalled:
                return Unavailable("the microphone has stopped sending sound")
            if now - self._sounded > _ZEROS:
                self._sounded = now
                if zeros():
                    return Unavailable("the microphone sends nothing but silence")
            with trio.move_on_after(self._stalled - quiet + 0.01):
                await self._lost.wait()
        return self._bug or Unavailable("the microphone went away")

    def lose(self) -> None:
        """The stream is over; from any thread."""
        self._tell(self._lost)

    def _tell(self, event: trio.Event) -> None:
        with suppress(trio.RunFinishedError):  # nobody is left to be told
            self._token.run_sync_soon(event.set)

    def stop(self) -> None:
        self._stopped = True


def device_block(audio: Audio, block: int) -> float:
    """How many seconds of sound to ask a device for at a time, for an ear that judges
    *block* samples."""
    return audio.block_ms / 1000 or block / RATE
