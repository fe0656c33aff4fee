"""A real speaker, through PortAudio."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.speaking.speakers.resample import Resampler

PIECE = 0.02
"""Seconds written at a time: so quickly can it be silenced."""

AHEAD = 0.5
"""Seconds of sound that may be waiting."""

LATENCY = 0.1
WRITE_WITHIN = 3.0
IDLE_AFTER = 2.0


async def has_output() -> bool:
    """Whether there is any output device."""
    try:
        await trio.to_thread.run_sync(
            partial(portaudio.choose, "default", output=True), limiter=portaudio.THREADS
        )
    except Unavailable:
        return False
    return True


@asynccontextmanager
async def open_device(name: str) -> AsyncIterator["DeviceSpeaker"]:
    """The device is opened with the first sound, and closed after some silence."""
    async with trio.open_nursery() as nursery:
        speaker = DeviceSpeaker(name)
        nursery.start_soon(speaker.serve)
        try:
            yield speaker
        finally:
            nursery.cancel_scope.cancel()


class DeviceSpeaker:
    """Satisfies `agent.ports.Speaker`.

    A task hands pieces to blocking writes in a thread: PortAudio's own thread does
    the rest, and a busy event loop is not heard.
    """

    audible = True

    def __init__(self, name: str) -> None:
        self.name = "the default speaker" if name == "default" else name
        self._wanted = name
        self._send, self._receive = trio.open_memory_channel[tuple[bytes, int]](
            round(AHEAD / PIECE)
        )
        self._cut = threading.Event()
        self._waiting = 0
        self._drained = trio.Event()
        self._problem: Unavailable | None = None

    async def play(self, pcm: bytes, rate: int) -> None:
        size = 2 * round(rate * PIECE)
        for at in range(0, len(pcm), size):
            self._raise_problem()
            self._waiting += 1
            try:
                await self._send.send((pcm[at : at + size], rate))
            except BaseException:
                self._done(1)
                raise

    async def drain(self) -> None:
        while self._waiting:
            await self._drained.wait()
        self._raise_problem()

    def silence(self) -> None:
        self._cut.set()
        self._discard()

    def _discard(self) -> None:
        while True:
            try:
                self._receive.receive_nowait()
            except trio.WouldBlock:
                return
            self._done(1)

    def _done(self, count: int) -> None:
        self._waiting -= count
        if not self._waiting:
            self._drained.set()
            self._drained = trio.Event()

    def _raise_problem(self) -> None:
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem

    async def serve(self) -> None:
        """Play what comes, opening the device for it, until cancelled."""
        while True:
            first = await self._receive.receive()
            output = _Output(self._wanted, first[1], self._cut)
            try:
                await self._perform(output, first)
            except Unavailable as exc:
                self._problem = exc
                self._discard()
                if self._waiting:
                    self._done(self._waiting)
            finally:
                with trio.move_on_after(WRITE_WITHIN, shield=True):
                    await _in_thread(output.close)

    async def _perform(self, output: "_Output", first: tuple[bytes, int]) -> None:
        """Until nothing has come for a while, or the rate changes, or it is cut."""
        await _in_thread(output.open)
        pcm, rate = first
        while True:
            await _in_thread(output.write, pcm, rate)
            if not self._receive.statistics().current_buffer_used:
                await trio.sleep(0 if self._cut.is_set() else output.latency)
            self._done(1)
            with trio.move_on_after(IDLE_AFTER) as idle:
                pcm, rate = await self._receive.receive()
            if idle.cancelled_caught:
                return


async def _in_thread(function: Any, *arguments: object) -> None:
    try:
        with trio.fail_after(WRITE_WITHIN):
            await trio.to_thread.run_sync(
                partial(function, *arguments),
                abandon_on_cancel=True,
                limiter=portaudio.THREADS,
            )
    except trio.TooSlowError:
        raise Unavailable(
            "the speaker hangs: the sound system does not answer"
        ) from None


class _Output:
    """An open output stream; every method blocks."""

    def __init__(self, wanted: str, rate: int, cut: threading.Event) -> None:
        self._wanted = wanted
        self._rate = rate
        self._cut = cut
        self._stream: Any = None
        self._resampler: Resampler | None = None
        self.latency = LATENCY

    def open(self) -> None:
        self._cut.clear()
        sounddevice = portaudio.library()
        index = portaudio.choose(self._wanted, output=True)
        try:
            self._stream = self._opened(sounddevice, index, self._rate)
        except sounddevice.PortAudioError:
            try:
                self._rate = int(
                    sounddevice.query_devices(index, "output")["default_samplerate"]
                )
                self._stream = self._opened(sounddevice, index, self._rate)
            except sounddevice.PortAudioError as exc:
                raise Unavailable(f"the speaker cannot be opened: {exc}") from exc
        self.latency = self._stream.latency

    def _opened(self, sounddevice: Any, index: int | None, rate: int) -> Any:
        stream = sounddevice.RawOutputStream(
            samplerate=rate, device=index, channels=1, dtype="int16", latency=LATENCY
        )
        stream.start()
        return stream

    def write(self, pcm: bytes, rate: int) -> None:
        sounddevice = portaudio.library()
        if self._resampler is None or self._resampler.rate != rate:
            self._resampler = Resampler(rate, self._rate)
        try:
            if self._cut.is_set():
                self._cut.clear()
                self._stream.abort()
                self._stream.start()
            else:
                self._stream.write(self._resampler.feed(pcm))
        except sounddevice.PortAudioError as exc:
            raise Unavailable(f"the speaker went away: {exc}") from exc

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close(ignore_errors=True)
