"""Microphones through sounddevice, which `agent.portaudio` speaks to."""

from collections.abc import Callable

import msgspec

from agent import portaudio
from agent.hearing.microphones.backends import Begin
from agent.portaudio import Format


class Sounddevice:
    """Satisfies `Backend`."""

    async def open(
        self, wanted: str, asked: Format, begin: Begin, finished: Callable[[], None]
    ) -> "Opened":
        stream, device = await portaudio.open_input(wanted, asked, begin, finished)
        return Opened(stream, device)


class Opened(msgspec.Struct, frozen=True):
    """Satisfies `Stream`."""

    stream: portaudio.Stream
    device: str

    async def close(self) -> None:
        await portaudio.closed(self.stream)
