"""Streams of 16-bit PCM from and to a device."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import ModuleType
from typing import Any, Protocol, TypeAlias, TypeVar

import msgspec
import trio

from agent.errors import Unavailable, translating
from agent.portaudio import pulse
from agent.portaudio.devices import DEFAULT, KIND, choose, known
from agent.portaudio.library import PORTAUDIO, Stream, load
from agent.portaudio.pulse import Direction
from agent.portaudio.threads import acquire, in_thread

OPEN_WITHIN, CLOSE_WITHIN = 3.0, 2.0
"""Seconds. When nothing hangs, opening takes 4 ms, and 30 more to look for devices."""


class Format(msgspec.Struct, frozen=True):
    """*block* frames at a time, of *channels* samples each, *rate* times a second."""

    rate: int
    channels: int
    block: int

    def within(self, rate: float, most_channels: int) -> "Format":
        """As much of it as a device can do that has this rate and these channels."""
        own = round(rate)
        block = max(1, self.block * own // self.rate)
        return Format(own, min(self.channels, most_channels), block)


class InputStream(Stream, Protocol):
    """Calls back from a thread of PortAudio's."""

    def start(self) -> None: ...


class OutputStream(InputStream, Protocol):
    """`write` blocks until there is room in the device's buffer."""

    @property
    def samplerate(self) -> float: ...

    @property
    def latency(self) -> float: ...

    @property
    def stopped(self) -> bool: ...

    def write(self, pcm: bytes) -> bool: ...


Take: TypeAlias = Callable[[bytes], None]
"""Takes PCM of whole frames, channels interleaved; never raises."""

S = TypeVar("S", bound=InputStream)
Make: TypeAlias = Callable[[ModuleType, int | None], S]


async def open_input(
    wanted: str,
    asked: Format,
    begin: Callable[[int, int], Take],
    finished: Callable[[], None],
) -> tuple[InputStream, str]:
    """A started stream, and the name of its device.

    *begin* is given the rate and the number of channels, the device's own where it
    refuses those *asked* for, and returns what to call with every block;
    *finished* is called when it is over, for whatever reason. Raises `Unavailable`
    saying why not.
    """

    def make(sounddevice: ModuleType, index: int | None) -> InputStream:
        try:
            return at(sounddevice, index, asked)
        except sounddevice.PortAudioError:
            usual = sounddevice.query_devices(index, "input")
            own = asked.within(usual["default_samplerate"], usual["max_input_channels"])
            if own == asked:
                raise
            return at(sounddevice, index, own)

    def at(sounddevice: ModuleType, index: int | None, form: Format) -> InputStream:
        take = begin(form.rate, form.channels)

        def callback(pcm: Any, *_: object) -> None:
            take(bytes(pcm))

        stream: InputStream = sounddevice.RawInputStream(
            device=index,
            samplerate=form.rate,
            blocksize=form.block,
            channels=form.channels,
            dtype="int16",
            latency="low",  # a number makes blocks come in bursts
            callback=callback,
            finished_callback=finished,
        )
        return stream

    return await _open(wanted, "input", make)


async def open_output(wanted: str, rate: int, latency: float) -> OutputStream:
    """A started stream at *rate*, or at the device's own where it refuses that.
    Raises `Unavailable` saying why not."""

    def make(sounddevice: ModuleType, index: int | None) -> OutputStream:
        try:
            return at(sounddevice, index, rate)
        except sounddevice.PortAudioError:
            usual = sounddevice.query_devices(index, "output")["default_samplerate"]
            return at(sounddevice, index, round(usual))

    def at(sounddevice: ModuleType, index: int | None, rate: int) -> OutputStream:
        stream: OutputStream = sounddevice.RawOutputStream(
            device=index, samplerate=rate, channels=1, dtype="int16", latency=latency
        )
        return stream

    stream, _ = await _open(wanted, "output", make)
    return stream


async def _open(wanted: str, direction: Direction, make: Make[S]) -> tuple[S, str]:
    def work() -> tuple[S, str]:
        with PORTAUDIO.entered(f"the {KIND[direction]} cannot be opened: ") as library:
            device = choose(known(library), wanted, direction)
            node = device.name if device and device.is_node else None
            with pulse.preferring(node, direction):
                stream = make(library, device.index if device else None)
            try:
                stream.start()
            except library.PortAudioError:
                stream.close(ignore_errors=True)
                raise
            PORTAUDIO.keep(stream)
        return stream, device.name if device else DEFAULT

    return await acquire(work, lambda made: close(made[0]), OPEN_WITHIN)


def close(stream: Stream) -> None:
    """Close *stream* at once, with what has not sounded yet; blocks, and may hang."""
    PORTAUDIO.close(stream)


async def closed(stream: Stream) -> None:
    """Close *stream*, cancelled or not. One that hangs is left behind: nobody needs
    to know, since opening the next one will say it."""
    with trio.CancelScope(shield=True), suppress(Unavailable):
        await in_thread(partial(close, stream), CLOSE_WITHIN)


@contextmanager
def faults(prefix: str) -> Iterator[None]:
    """Turn what an open stream raises into `Unavailable`."""
    with translating({load().PortAudioError: Unavailable}, prefix):
        yield
