"""What reaches a microphone, behind one small interface.

Each backend speaks one library, opens one stream, and decides nothing: which device to
take instead, when to try again and whether a stream still lives is up to others.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from agent.portaudio import Format

Take: TypeAlias = Callable[[bytes], None]
"""Takes 16-bit PCM of whole frames, channels interleaved; never raises."""

Begin: TypeAlias = Callable[[int, int], Take]
"""Given the rate and the number of channels of what will come, what to call with it;
asked before it comes, and once more if the device has a format of its own. May block."""


class Stream(Protocol):
    """A device that is being heard."""

    @property
    def device(self) -> str:
        """Its name, or "default"."""

    async def close(self) -> None:
        """Cancelled or not, and even if it hangs, in two seconds at most."""


class Backend(Protocol):
    """A library that knows microphones."""

    async def open(
        self, wanted: str, asked: Format, begin: Begin, finished: Callable[[], None]
    ) -> Stream:
        """Listen to *wanted* ("default", a name or a part of it) as *asked*, or in the
        device's own rate and channels where it refuses that.

        *finished* is called, from any thread, when the stream is over, for whatever
        reason; but not every library tells. Raises `Unavailable` saying why there is
        no stream, `agent.portaudio.Missing` without the library, and
        `agent.portaudio.Hung` if it does not answer in time.
        """
