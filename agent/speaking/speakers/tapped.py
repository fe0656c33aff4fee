"""A speaker that lets someone know what it plays, at the moment when it does."""

from typing import Protocol, runtime_checkable

from agent.speaking.speakers.resample import Resampler

RATE = 16_000


class Reference(Protocol):
    """Takes down what is played, as PCM at 16 kHz; as `agent.hearing.echo.Reference`."""

    def push(self, pcm: bytes) -> None: ...
    def clear(self) -> None: ...


@runtime_checkable
class Tapped(Protocol):
    """A speaker that does."""

    def tap(self, tap: "Tap") -> None:
        """Tell *tap*, from now on."""


class Tap:
    """What a device is handed, on its way to *reference*.

    Called in the thread that writes to the device, and before it does: so the
    reference is ahead of the sound in the room, by what is in the device's buffer, and
    never behind it. What merely waits for its turn may wait for half a second more,
    which would be too early to find the echo by.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._resampler = Resampler(RATE)

    def played(self, pcm: bytes, rate: int) -> None:
        """The device is about to take *pcm*."""
        self._reference.push(self._resampler.feed(pcm, rate))

    def paused(self) -> None:
        """A line has ended."""
        self._reference.push(self._resampler.flush())

    def silenced(self) -> None:
        """What the device has not sounded yet, it will not."""
        self._resampler.forget()
        self._reference.clear()
