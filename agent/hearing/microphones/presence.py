"""Which microphones there are while one is heard: as a sound server tells at once, or
else as miniaudio finds every second. PortAudio itself never tells."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial

import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.hearing.microphones.backends.miniaudio import Miniaudio
from agent.portaudio import DEFAULT, Device

_POLL = 1.0  # seconds; looking takes 1.6 ms
_WITHIN = 3.0


@trio.as_safe_channel
async def sightings() -> AsyncGenerator["Seen", None]:
    """What is there, at once and whenever that may have changed; ends when there is
    nobody to ask any more."""
    if portaudio.can_tell_changes():
        async with portaudio.changes() as changes:
            async for _ in changes:
                yield await look()
        return
    while True:
        yield await look()
        await trio.sleep(_POLL)


async def look() -> "Seen":
    """What is there now; nothing where nobody can tell."""
    by_server = partial(portaudio.known_to_server, "input")
    try:
        there = await portaudio.in_thread(by_server, _WITHIN)
        if there is None and not portaudio.can_tell_changes():
            there = await portaudio.in_thread(Miniaudio().microphones, _WITHIN)
    except Unavailable:
        there = []
    return Seen(there or [])


class Seen:
    """The microphones of one moment."""

    def __init__(self, there: Sequence[Device]) -> None:
        self._there = there

    def has(self, wanted: str) -> bool:
        """Whether *wanted* is among them; "default" is any."""
        if wanted == DEFAULT:
            return bool(self._there)
        return portaudio.named(wanted, self._there) is not None
