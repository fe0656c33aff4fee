"""Microphones through PyAudio, where it is installed: the extra ``pyaudio``.

It speaks to the same PortAudio as sounddevice does, and has the same ways to fail.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any

import msgspec
import trio

from agent import portaudio
from agent.errors import Unavailable, translating
from agent.hearing.microphones.backends import Begin
from agent.portaudio import PORTAUDIO, Device, Format, Missing

_PREFIX = "the microphone cannot be opened: "


class PyAudio:
    """Satisfies `Backend`."""

    async def open(
        self,
        wanted: str,
        asked: Format,
        begin: Begin,
        finished: Callable[[], None],  # noqa: ARG002 # it never tells
    ) -> "Opened":
        make = partial(_opened, wanted, asked, begin)
        return await portaudio.acquire(make, Opened.shut, portaudio.OPEN_WITHIN)


class Opened(msgspec.Struct, frozen=True):
    """Satisfies `Stream`; *library* and *stream* are PyAudio's."""

    library: Any
    stream: Any
    device: str

    def shut(self) -> None:
        """Blocks, and may hang."""
        with PORTAUDIO.alone():
            with suppress(OSError):  # it has ended already
                self.stream.close()
            self.library.terminate()

    async def close(self) -> None:
        with trio.CancelScope(shield=True), suppress(Unavailable):
            await portaudio.in_thread(self.shut, portaudio.CLOSE_WITHIN)


def _opened(wanted: str, asked: Format, begin: Begin) -> Opened:
    pyaudio = _load()
    with PORTAUDIO.entered(), translating({OSError: Unavailable}, _PREFIX):
        library = pyaudio.PyAudio()
        try:
            there = [_device(each) for each in _infos(library)]
            chosen = portaudio.choose(there, wanted, "input")
            node = chosen.name if chosen and chosen.is_node else None
            index = chosen.index if chosen else None
            with portaudio.preferring(node, "input"):
                stream = _stream(pyaudio, library, index, asked, begin)
        except BaseException:
            library.terminate()
            raise
    return Opened(library, stream, chosen.name if chosen else portaudio.DEFAULT)


def _stream(
    pyaudio: ModuleType, library: Any, index: int | None, asked: Format, begin: Begin
) -> Any:
    try:
        return _stream_as(asked, pyaudio, library, index, begin)
    except OSError:
        if index is None:
            usual = library.get_default_input_device_info()
        else:
            usual = library.get_device_info_by_index(index)
        own = asked.within(usual["defaultSampleRate"], usual["maxInputChannels"])
        if own == asked:
            raise
        return _stream_as(own, pyaudio, library, index, begin)


def _stream_as(
    asked: Format, pyaudio: ModuleType, library: Any, index: int | None, begin: Begin
) -> Any:
    take = begin(asked.rate, asked.channels)

    def callback(pcm: bytes, *_: object) -> tuple[None, int]:
        take(pcm)
        return None, pyaudio.paContinue

    return library.open(
        asked.rate,
        asked.channels,
        pyaudio.paInt16,
        input=True,
        input_device_index=index,
        frames_per_buffer=asked.block,
        stream_callback=callback,
    )


def _infos(library: Any) -> list[dict[str, Any]]:
    count = library.get_device_count()
    return [library.get_device_info_by_index(index) for index in range(count)]


def _device(info: dict[str, Any]) -> Device:
    return Device(
        info["name"],
        info["index"],
        info["maxInputChannels"],
        info["maxOutputChannels"],
    )


def _load() -> ModuleType:
    try:
        import pyaudio
    except ImportError as exc:
        raise Missing(
            'PyAudio is not installed: pip install "tonny-agent[pyaudio]"'
        ) from exc
    portaudio.quieten_alsa()
    module: ModuleType = pyaudio
    return module
