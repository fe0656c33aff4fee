"""Streams of 16-bit mono PCM from and to a device."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import ModuleType
from typing import Any, Protocol, TypeAlias, TypeVar

import trio

from agent.errors import Unavailable, translating
from agent.portaudio import pulse
from agent.portaudio.devices import KIND, choose
from agent.portaudio.library import PORTAUDIO, Stream, load
from agent.portaudio.pulse import Direction
from agent.portaudio.threads import in_thread

OPEN_WITHIN, CLOSE_WITHIN = 3.0, 2.0
"""Seconds. When nothing hangs, opening takes 4 ms, and 30 more to look for devices."""


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


Callback: TypeAlias = Callable[[Any, int, Any, Any], None]
"""Called with the PCM (a buffer that is only lent), and what nobody here needs."""

S = TypeVar("S", bound=InputStream)
Make: TypeAlias = Callable[[ModuleType, int | None], S]


async def open_input(
    wanted: str, rate: int, block: int, callback: Callback, finished: Callable[[], None]
) -> InputStream:
    """A started stream that calls *callback* with every *block* samples, and *finished*
    when it is over, for whatever reason. Raises `Unavailable` saying why not."""

    def make(sounddevice: ModuleType, index: int | None) -> InputStream:
        stream: InputStream = sounddevice.RawInputStream(
            device=index,
            samplerate=rate,
            blocksize=block,
            channels=1,
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

    return await _open(wanted, "output", make)


async def _open(wanted: str, direction: Direction, make: Make[S]) -> S:
    given_up = threading.Event()

    def work() -> S:
        with PORTAUDIO.entered(f"the {KIND[direction]} cannot be opened: ") as library:
            if given_up.is_set():  # whoever was in there before us hung for too long
                raise Unavailable("nobody waits for it any more")
            device = choose(library, wanted, direction)
            node = device.name if device and device.is_node else None
            with pulse.preferring(node, direction):
                stream = make(library, device.index if device else None)
            try:
                stream.start()
            except library.PortAudioError:
                stream.close(ignore_errors=True)
                raise
            PORTAUDIO.keep(stream)
        if given_up.is_set():
            close(stream)
        return stream

    try:
        return await in_thread(work, OPEN_WITHIN)
    except BaseException:
        given_up.set()
        raise


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
