"""A real microphone."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import trio

from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones.backends import Backend, Stream
from agent.hearing.microphones.capture import Capture, Hearing, device_block
from agent.hearing.microphones.presence import look, sightings
from agent.portaudio import DEFAULT, Absent, Format, Hung, Missing

logger = logging.getLogger(__name__)

_LOOK_AGAIN, _KNOCK_AGAIN = 60.0, 0.5
"""Seconds after which a device is tried, even if nobody told of a new one; and after
which a server that has died is asked whether it is back."""

_REMEDY = (
    "Connect one, choose another with --microphone NAME (tonny-agent devices lists"
    " them), or let a recording play its part: --microphone FILE.wav"
)


class DeviceMicrophone:
    """Satisfies `agent.ports.Microphone`. Where the wanted device is not there, the
    default one is heard until it is."""

    live = True

    def __init__(self, audio: Audio, backends: Sequence[Backend]) -> None:
        """The first of *backends* that can is used."""
        self.name = _named(audio.microphone)
        self._audio = audio
        self._wanted = audio.microphone
        self._backends = backends
        self._reset_for_zeros = False
        self._served = False
        self._missed: str | None = None

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Listening"]:
        """Raises `Unavailable` when there is no device, or one that sends no sound."""
        if self._served:
            await self._until_something_is()
        capture = Capture(
            Hearing(block, heard, self._audio), device_block(self._audio, block)
        )
        try:
            stream = await self._stream(self._format(block), capture)
        except Unavailable as exc:
            capture.stop()
            raise Unavailable(f"{exc}. {_REMEDY}") from exc
        try:
            device = stream.device
            self._served = served = (await look()).has(device)
            await capture.begun()
            missed, zeros = self._missed, self._zeros
            yield Listening(capture, device, missed, idle, zeros, served=served)
        finally:
            capture.stop()
            await stream.close()

    def _format(self, block: int) -> Format:
        audio = self._audio
        at_a_time = round(audio.rate * device_block(audio, block))
        return Format(audio.rate, audio.channels, at_a_time)

    async def _until_something_is(self) -> None:
        """As long as a sound server that knew our device has none, or does not answer,
        PortAudio is left alone: it complains aloud, looks at a high price, or hangs."""
        self._served = False
        with trio.move_on_after(_LOOK_AGAIN):
            while True:
                async with sightings() as seen:
                    async for there in seen:
                        if there.has(DEFAULT):
                            return
                await trio.sleep(_KNOCK_AGAIN)

    async def _stream(self, asked: Format, capture: Capture) -> Stream:
        """Of the wanted device, or else of the default one."""
        self._missed = None
        try:
            stream = await self._opened(self._wanted, asked, capture)
        except Unavailable as exc:
            if self._wanted == DEFAULT:
                raise
            try:
                stream = await self._opened(DEFAULT, asked, capture)
            except Unavailable:
                raise exc from None
            self.name = f"{_named(DEFAULT)} ({exc})"
            # One that is there and cannot be opened would be back at once, for ever.
            self._missed = self._wanted if isinstance(exc, Absent) else None
            return stream
        self.name = _named(stream.device)
        return stream

    async def _opened(self, wanted: str, asked: Format, capture: Capture) -> Stream:
        """By the first backend that can; raises what kept the first one that is there."""
        reasons: list[Unavailable] = []
        for backend in self._backends:
            try:
                return await backend.open(wanted, asked, capture.begin, capture.lose)
            except Hung:
                raise  # as the next one would
            except Unavailable as exc:
                reasons.append(exc)
        there = [reason for reason in reasons if not isinstance(reason, Missing)]
        raise [*there, *reasons][0]

    def _zeros(self) -> bool:
        """Only zeros come: whether to open the device again, once, in hope of better."""
        if self._reset_for_zeros:
            logger.warning("%s sends nothing but silence: is it muted?", self.name)
            return False
        self._reset_for_zeros = True
        return True


class Listening:
    """Satisfies `agent.ports.Listening`."""

    def __init__(
        self,
        capture: Capture,
        device: str,
        missed: str | None,
        idle: Callable[[], bool],
        zeros: Callable[[], bool],
        *,
        served: bool,
    ) -> None:
        """*device* is heard because *missed*, if any, was not there; *served* by a
        system that tells when it goes."""
        self._served = served
        self._capture = capture
        self._missed = missed
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
        async with sightings() as seen:
            async for there in seen:
                if self._served and not there.has(self._device):
                    return Unavailable(f"{_named(self._device)} was unplugged")
                if self._missed and there.has(self._missed):
                    await self._until_idle()
                    return Unavailable(f"{self._missed} is back")
        return None

    async def _until_idle(self) -> None:
        """Nobody is cut off for a better microphone."""
        while not self._idle():  # noqa: ASYNC110 # the ear is in another thread
            await trio.sleep(0.1)


def _named(device: str) -> str:
    return "the default microphone" if device == DEFAULT else device
