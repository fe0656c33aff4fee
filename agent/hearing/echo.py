"""What to do about hearing oneself: take out of what is heard what is being said.

The speaker's thread writes down what its device takes (`Reference`), and the
microphone's thread has that cancelled in each frame (`EchoFree`), while we speak and a
little longer. All the rest of the time this costs nothing.
"""

import importlib.util
import logging
import threading
from collections.abc import Callable
from typing import Literal, Protocol

from agent.errors import Misconfigured
from agent.ports import RATE

CHUNK = RATE // 100
"""Samples that a canceller takes at a time, and by which it delays what is heard."""

LONGEST = 0.4
"""Seconds that a reference holds at most. It usually holds what is in the device's
buffer, 0.1 s; one that comes later than its echo is of no use at all."""

TAIL = 0.3
"""Seconds for which our voice still is in the room, and on its way to us, when we have
stopped speaking."""

LEARNS = 3.0
"""Seconds of our voice after which a canceller knows the room. Before, when it changes
its mind about how late the echo is, a word of it gets through."""

PACKAGE, INSTALL = "pywebrtc-audio", "pip install 'tonny-agent[echo]'"

logger = logging.getLogger(__name__)


class Canceller(Protocol):
    """Any number of chunks at a time, as PCM at 16 kHz."""

    def cancel(self, near: bytes, far: bytes) -> bytes:
        """What was heard, *near*, without the echo of *far*; as long as they are."""

    def reset(self) -> None:
        """Forget how the room sounds."""


class Reference:
    """What the device has taken and the microphone has not yet heard, as PCM at 16 kHz.

    Safe to be written in one thread and read in another.
    """

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._lock = threading.Lock()

    def push(self, pcm: bytes) -> None:
        """The device takes *pcm*; if nobody listens, the oldest is forgotten."""
        with self._lock:
            self._pcm += pcm
            del self._pcm[: -round(2 * RATE * LONGEST)]

    def pop(self, size: int) -> bytes:
        """The next *size* bytes; silence where there is nothing."""
        with self._lock:
            pcm = bytes(self._pcm[:size])
            del self._pcm[:size]
        return pcm.ljust(size, b"\0")

    def clear(self) -> None:
        """What the device has not sounded yet, it will not."""
        with self._lock:
            self._pcm.clear()


class EchoFree:
    """Satisfies `agent.hearing.surroundings.Echo`; *make* is called by `load`.

    Frames may have any length: what comes out is as long, and 10 ms later than what
    went in, so each stretch of cleaned frames begins with 10 ms of silence.
    """

    def __init__(self, make: Callable[[], Canceller]) -> None:
        self.reference = Reference()
        self._make = make
        self._canceller: Canceller | None = None
        self._left = 0  # bytes to be cleaned after we have stopped speaking
        self._unlearnt = round(2 * RATE * LEARNS)  # bytes of our voice
        self._begin()

    @property
    def learnt(self) -> bool:
        return self._unlearnt <= 0

    def load(self) -> None:
        try:
            self._canceller = self._make()
        except ImportError as exc:  # found but broken: a library of its own is missing
            logger.warning("we will hear ourselves, %s is broken: %s", PACKAGE, exc)

    def clean(self, frame: bytes, *, ours: bool) -> bytes:
        if ours:
            self._left = round(2 * RATE * TAIL)
        elif self._left > 0:
            self._left -= len(frame)
            if self._left <= 0:
                self._begin()
        if self._left <= 0 or self._canceller is None:
            return frame
        far = self.reference.pop(len(frame))
        if not self.learnt and far.count(0) < len(far):
            self._unlearnt -= len(far)
        self._near += frame
        self._far += far
        return self._cancelled(self._canceller, len(frame))

    def _cancelled(self, canceller: Canceller, size: int) -> bytes:
        """The next *size* bytes; there are always enough."""
        whole = len(self._near) // (2 * CHUNK) * 2 * CHUNK
        if whole:
            near, far = bytes(self._near[:whole]), bytes(self._far[:whole])
            del self._near[:whole], self._far[:whole]
            self._cleaned += canceller.cancel(near, far)
        cleaned = bytes(self._cleaned[:size])
        del self._cleaned[:size]
        return cleaned

    def forget(self) -> None:
        self._left = 0
        self._unlearnt = round(2 * RATE * LEARNS)
        self._begin()
        if self._canceller is not None:
            self._canceller.reset()

    def _begin(self) -> None:
        """What is heard next does not follow what was; the room still is the same."""
        self.reference.clear()
        self._near, self._far = bytearray(), bytearray()
        self._cleaned = bytearray(2 * CHUNK)


def make_echo(wanted: Literal["auto", "aec", "off"]) -> EchoFree | None:
    """What cancels the echo, if that is *wanted* (``audio.echo``) and can be had.

    Raises `Misconfigured` where it must be had and cannot.
    """
    if wanted == "off":
        return None
    if is_installed():
        return EchoFree(aec3)
    if wanted == "aec":
        raise Misconfigured(
            f'audio.echo = "aec" needs {PACKAGE}, which is not installed: {INSTALL};'
            ' or have audio.echo = "auto"'
        )
    return None


def is_installed() -> bool:
    """Whether there is a canceller. It is not imported yet: that would take long."""
    return importlib.util.find_spec("pywebrtc_audio") is not None


def aec3() -> Canceller:
    """Raises `ImportError` where the package is not whole."""
    from agent.hearing.aec3 import Aec3

    return Aec3()
