"""Microphones through miniaudio, which needs nothing but its own wheel.

It speaks to PulseAudio, ALSA and the systems of Windows and macOS itself, and to a
device of its own that keeps time and hears nothing.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any

import msgspec
import trio

from agent import portaudio
from agent.errors import Unavailable, translating
from agent.hearing.microphones.backends import Begin, Take
from agent.lean import without
from agent.portaudio import DEFAULT, Absent, Device, Format

_MONITOR = ".monitor"  # how a sound server calls what a speaker plays


@cache
def load() -> ModuleType:
    """miniaudio, without the numpy that it would load to offer what we do not use."""
    if "miniaudio" not in sys.modules:
        with without("numpy"):
            import miniaudio  # noqa: F401 # found below, whoever loaded it
    module: ModuleType = sys.modules["miniaudio"]
    return module


class Miniaudio:
    """Satisfies `Backend`; *systems* are miniaudio's names of what to go through."""

    def __init__(self, *systems: str) -> None:
        self._systems = systems

    async def open(
        self, wanted: str, asked: Format, begin: Begin, finished: Callable[[], None]
    ) -> "Opened":
        """The device always has the format *asked*: miniaudio converts."""

        def make() -> Opened:
            take = begin(asked.rate, asked.channels)
            return self._opened(wanted, asked, take, finished)

        return await portaudio.acquire(make, Opened.shut, portaudio.OPEN_WITHIN)

    def microphones(self) -> list[Device]:
        """All there are; blocks for some milliseconds. Raises `Unavailable`."""
        return [device for device, _ in self._captures()]

    def _opened(
        self, wanted: str, asked: Format, take: Take, finished: Callable[[], None]
    ) -> "Opened":
        miniaudio = load()
        name, handle = self._choice(wanted)
        with translating(
            {miniaudio.MiniaudioError: Unavailable}, "the microphone cannot be opened: "
        ):
            device = miniaudio.CaptureDevice(
                miniaudio.SampleFormat.SIGNED16,
                asked.channels,
                asked.rate,
                max(1, 1000 * asked.block // asked.rate),
                handle,
                backends=self._backends(),
                app_name="tonny-agent",
            )
            opened = Opened(device, name)
            device.stop_callback = finished
            try:
                device.start(_taking(take))
            except miniaudio.MiniaudioError:
                opened.shut()
                raise
        return opened

    def _choice(self, wanted: str) -> tuple[str, Any]:
        captures = self._captures()
        if not captures:
            raise Absent("no microphone was found")
        devices = [device for device, _ in captures]
        if wanted == DEFAULT:
            return DEFAULT, None
        if chosen := portaudio.named(wanted, devices):
            return chosen.name, dict(zip(devices, captures, strict=True))[chosen][1]
        names = ", ".join(f'"{device.name}"' for device in devices)
        raise Absent(f'there is no microphone "{wanted}", only {names}')

    def _captures(self) -> list[tuple[Device, Any]]:
        """What can be heard, each with miniaudio's handle to it."""
        miniaudio = load()
        with translating({miniaudio.MiniaudioError: Unavailable}, "no sound system: "):
            found = miniaudio.Devices(self._backends())
            on_server = found.backend == "PulseAudio"
            captures = [
                (_device(each, on_server=on_server, index=index), each["id"])
                for index, each in enumerate(found.get_captures())
            ]
        return [each for each in captures if not each[0].name.endswith(_MONITOR)]

    def _backends(self) -> list[Any]:
        kinds = load().Backend
        if self._systems:
            return [kinds[system] for system in self._systems]
        if sys.platform == "linux":
            return [kinds.PULSEAUDIO, kinds.ALSA]
        return [kind for kind in kinds if kind.name not in {"NULL", "CUSTOM"}]


class Opened(msgspec.Struct, frozen=True):
    """Satisfies `Stream`; *capture* is miniaudio's."""

    capture: Any
    device: str

    def shut(self) -> None:
        """Blocks, and may hang."""
        context = self.capture._context  # noqa: SLF001 # its close leaves that open
        self.capture.close()
        load().lib.ma_context_uninit(context)

    async def close(self) -> None:
        with trio.CancelScope(shield=True), suppress(Unavailable):
            await portaudio.in_thread(self.shut, portaudio.CLOSE_WITHIN)


def _device(each: dict[str, Any], *, on_server: bool, index: int) -> Device:
    """A server's devices have names that stay, beside those that people know."""
    name = each["name"]
    if on_server:
        # Of this union nothing is declared; for PulseAudio it is the name.
        ffi = load().ffi
        name = ffi.string(ffi.cast("char *", each["id"])).decode()
    return Device(name, index, 1, 0, each["name"], is_node=True)


def _taking(take: Take) -> Generator[None, bytearray, None]:
    """What miniaudio gives sound to; it has to be waiting for it already."""

    def taking() -> Generator[None, bytearray, None]:
        while True:
            take(bytes((yield)))

    waiting = taking()
    next(waiting)
    return waiting
