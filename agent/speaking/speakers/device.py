"""A real speaker."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.speaking.speakers.gain import Gain
from agent.speaking.speakers.tapped import Tap
from agent.speaking.speakers.writer import PIECE, Writer

_LATENCY = 0.1
"""Seconds of sound in the device's buffer; see `agent.speaking.speakers.writer`."""

_HUNG_AFTER = 3.0
"""Seconds in which a device that plays takes at least something."""

_REMEDY = (
    "Connect one, choose another with --speaker NAME (tonny-agent devices lists them),"
    " or write what is said to a file: --speaker FILE.wav"
)


async def is_there() -> bool:
    """Whether there is any speaker."""
    try:
        devices = await portaudio.in_thread(portaudio.list_devices, within=_HUNG_AFTER)
    except Unavailable:
        return False
    return any(device.outputs for device in devices)


@asynccontextmanager
async def open_device(wanted: str) -> AsyncIterator["DeviceSpeaker"]:
    """At the end the device is closed at once: `drain` first, to hear all."""
    speaker = DeviceSpeaker(wanted)
    try:
        yield speaker
    finally:
        await speaker.close()


class DeviceSpeaker:
    """Satisfies `agent.ports.Speaker` and `Tapped`. The device is open only while there
    is sound; one that went away is looked for again at the next `play`."""

    audible = True

    def __init__(self, wanted: str = "default") -> None:
        self.name = "the default speaker" if wanted == "default" else wanted
        self._wanted = wanted
        self._token = trio.lowlevel.current_trio_token()
        self._progress = trio.Event()
        self._writer: Writer | None = None
        self._tap: Tap | None = None
        self._gain = Gain()
        self._opening = trio.Lock()
        self._ran_out = 0  # of writers that are no more

    def tap(self, tap: Tap) -> None:
        """Before the first `play`."""
        self._tap = tap

    @property
    def underruns(self) -> int:
        return self._ran_out + (self._writer.underruns if self._writer else 0)

    async def prepare(self, rate: int) -> None:
        with suppress(Unavailable):
            await self._at_work(rate)

    async def play(self, pcm: bytes, rate: int) -> None:
        await trio.lowlevel.checkpoint()
        size = 2 * max(1, round(rate * PIECE))
        for at in range(0, len(pcm), size):
            while not (await self._at_work(rate)).put(pcm[at : at + size], rate):
                await self._progressed()

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()
        if self._writer is not None:
            self._writer.put(b"", 1)
        while self._writer is not None and self._writer.busy:
            await self._progressed()
        self._raise_problem()
        if self._writer is not None:
            await trio.sleep(self._writer.sounding)

    def silence(self, *, at_once: bool = True) -> float:
        return self._writer.cut(at_once=at_once) if self._writer is not None else 0.0

    def volume(self, db: float) -> None:
        self._gain.volume(db)

    async def close(self) -> None:
        """Cancelled or not, and not for long."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.finish()
        with trio.move_on_after(portaudio.CLOSE_WITHIN, shield=True):
            while not writer.closed:
                await self._progress.wait()
        if not writer.closed:
            portaudio.leave_behind()

    async def _at_work(self, rate: int) -> Writer:
        """The writer, with a device opened for it if there is none."""
        self._raise_problem()
        if (writer := self._writer) is not None and not writer.over:
            return writer
        async with self._opening:  # two may want it, and one device is enough
            if self._writer is None or self._writer.over:
                self._forget_writer()
                self._writer = await self._opened(rate)
            return self._writer

    async def _opened(self, rate: int) -> Writer:
        try:
            stream = await portaudio.open_output(self._wanted, rate, _LATENCY)
        except Unavailable as exc:
            raise Unavailable(f"{exc}. {_REMEDY}") from exc
        writer = Writer(stream, self._tell, self._tap, self._gain)
        threading.Thread(target=writer.run, name="speaker", daemon=True).start()
        return writer

    def _forget_writer(self) -> None:
        if self._writer is not None:
            self._ran_out += self._writer.underruns
            self._writer = None

    def _raise_problem(self) -> None:
        if self._writer is not None and self._writer.problem is not None:
            problem = self._writer.problem
            self._forget_writer()
            raise problem

    async def _progressed(self) -> None:
        """Return when the writer has done something."""
        try:
            with trio.fail_after(_HUNG_AFTER):
                await self._progress.wait()
        except trio.TooSlowError:
            portaudio.leave_behind()
            if self._writer is not None:
                self._writer.finish()  # if it ever wakes up
                self._forget_writer()
            raise Unavailable("the speaker takes no more sound") from None

    def _tell(self) -> None:
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._wake)

    def _wake(self) -> None:
        self._progress.set()
        self._progress = trio.Event()
