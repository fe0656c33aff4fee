"""A real microphone."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.portaudio import DEFAULT
from agent.ports import RATE

logger = logging.getLogger(__name__)

_STALLED = 0.6
"""Seconds without a block (and 10 blocks at least): the only sign that there is of
every kind of loss. A suspended or frozen server says nothing."""

_ZEROS = 10.0
"""Seconds of nothing but zeros: no microphone is so quiet, unless it is switched off."""

_REMEDY = (
    "Connect one, choose another with --microphone NAME (tonny-agent devices lists"
    " them), or let a recording play its part: --microphone FILE.wav"
)


class DeviceMicrophone:
    """Satisfies `agent.ports.Microphone`. Where the *wanted* device is not there, the
    default one is heard until it is."""

    live = True

    def __init__(self, wanted: str = DEFAULT) -> None:
        self.name = _named(wanted)
        self._wanted = wanted
        self._reset_for_zeros = False

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Listening"]:
        """Raises `Unavailable` when there is no device, or one that sends no sound."""
        capture = Capture(heard, max(_STALLED, 10 * block / RATE), bytes(2 * block))
        try:
            stream, device = await self._stream(block, capture)
        except Unavailable as exc:
            capture.stop()
            raise Unavailable(f"{exc}. {_REMEDY}") from exc
        try:
            served = (await _presence(self._wanted, device)).device
            await capture.begun()
            yield Listening(
                capture, self._wanted, device, idle, self._zeros, served=served
            )
        finally:
            capture.stop()
            await portaudio.closed(stream)

    async def _stream(
        self, block: int, capture: "Capture"
    ) -> tuple[portaudio.Stream, str]:
        """The open stream, and what device it is of: the wanted one or the default."""
        start = partial(
            portaudio.open_input,
            rate=RATE,
            block=block,
            callback=capture.callback,
            finished=capture.lose,
        )
        try:
            stream = await start(self._wanted)
        except Unavailable as exc:
            if self._wanted == DEFAULT:
                raise
            try:
                stream = await start(DEFAULT)
            except Unavailable:
                raise exc from None
            self.name = f"{_named(DEFAULT)} ({exc})"
            return stream, DEFAULT
        self.name = _named(self._wanted)
        return stream, self._wanted

    def _zeros(self) -> bool:
        """Only zeros come: whether to open the device again, once, in hope of better."""
        if self._reset_for_zeros:
            logger.warning("%s sends nothing but silence: is it muted?", self.name)
            return False
        self._reset_for_zeros = True
        return True


class Listening:
    """Satisfies `agent.ports.Listening`: *device* is heard, and *wanted* would be."""

    def __init__(
        self,
        capture: "Capture",
        wanted: str,
        device: str,
        idle: Callable[[], bool],
        zeros: Callable[[], bool],
        *,
        served: bool,
    ) -> None:
        """*served* by a sound server, which tells when the device goes."""
        self._served = served
        self._capture = capture
        self._wanted = wanted
        self._device = device
        self._idle = idle
        self._zeros = zeros

    async def ended(self) -> None:
        """Raise `Unavailable` when the device goes away or falls silent, or a better one
        comes, or whatever *heard* raised: a device never just ends."""
        problems: list[Exception] = []
        async with trio.open_nursery() as nursery:

            async def watch(
                for_problem: Callable[[], Awaitable[Exception | None]],
            ) -> None:
                if (found := await for_problem()) is not None:
                    problems.append(found)
                    nursery.cancel_scope.cancel()

            nursery.start_soon(watch, partial(self._capture.over, self._zeros))
            nursery.start_soon(watch, self._changed)
        raise problems[0]

    async def _changed(self) -> Exception | None:
        """What is wrong with the choice of device, as soon as anything is."""
        async with portaudio.changes() as changes:
            async for _ in changes:
                there = await _presence(self._wanted, self._device)
                if self._served and not there.device:
                    return Unavailable(f"{_named(self._device)} was unplugged")
                if self._device != self._wanted and there.wanted:
                    await self._until_idle()
                    return Unavailable(f"{self._wanted} is back")
        return None

    async def _until_idle(self) -> None:
        """Nobody is cut off for a better microphone."""
        while not self._idle():  # noqa: ASYNC110 # the ear is in another thread
            await trio.sleep(0.1)


class Capture:
    """What is heard, from PortAudio's thread, until it is lost or stopped."""

    def __init__(
        self, heard: Callable[[bytes], None], stalled: float, silence: bytes
    ) -> None:
        self._heard = heard
        self._stalled = stalled
        self._silence = silence
        self._token = trio.lowlevel.current_trio_token()
        self._begun = trio.Event()
        self._lost = trio.Event()
        self._latest = self._sounded = time.monotonic()
        self._first = True
        self._stopped = False
        self._bug: Exception | None = None

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

    def callback(self, pcm: Any, _frames: int, _time: Any, _status: Any) -> None:
        """Called by PortAudio with each block."""
        # A stream that could not be closed may still send when it wakes up.
        if self._stopped:
            return
        self._latest = time.monotonic()
        block = bytes(pcm)
        if block != self._silence:
            self._sounded = self._latest
        if self._first:
            self._first = False
            self._tell(self._begun)
        try:
            self._heard(block)
        except Exception as exc:  # noqa: BLE001 # `ended` raises it, in the event loop
            logger.error("what hears the microphone failed: %r", exc)  # noqa: TRY400 # it comes with its traceback from there
            self._bug = exc
            self.stop()
            self.lose()

    def lose(self) -> None:
        """Called by PortAudio when the stream is over; from any thread."""
        self._tell(self._lost)

    def _tell(self, event: trio.Event) -> None:
        with suppress(trio.RunFinishedError):  # nobody is left to be told
            self._token.run_sync_soon(event.set)

    def stop(self) -> None:
        self._stopped = True


async def _presence(wanted: str, device: str) -> portaudio.Presence:
    look = partial(portaudio.present, wanted, device, "input")
    return await trio.to_thread.run_sync(look, abandon_on_cancel=True)


def _named(device: str) -> str:
    return "the default microphone" if device == DEFAULT else device
