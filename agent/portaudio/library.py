"""The one PortAudio of this process."""

import ctypes
import ctypes.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from types import ModuleType
from typing import Protocol

from agent.errors import Unavailable, translating
from agent.executable import CARRIED


class Missing(Unavailable):
    """A library that is not installed."""


class Stream(Protocol):
    """An open stream; of sounddevice's, what we use."""

    def abort(self, *, ignore_errors: bool) -> None: ...

    def close(self, *, ignore_errors: bool) -> None: ...


class Library:
    """Lets one thread in at a time.

    PortAudio looks for devices only when it is initialised, which ends every stream:
    so that is done after a failure, and while no stream is open.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._streams: set[Stream] = set()
        self.outdated = False
        """Whether to look at the world anew as soon as no stream is open."""

    @contextmanager
    def entered(self, prefix: str = "") -> Iterator[ModuleType]:
        """sounddevice, for this thread alone; what it raises becomes `Unavailable`."""
        with self._turn:
            sounddevice = load()
            with translating({sounddevice.PortAudioError: Unavailable}, prefix):
                if self.outdated and not self._streams:
                    self._look_again(sounddevice)
                try:
                    yield sounddevice
                except (sounddevice.PortAudioError, Unavailable):
                    self.outdated = True
                    raise

    def _look_again(self, sounddevice: ModuleType) -> None:
        # There are no public names for this, and no other way.
        with suppress(sounddevice.PortAudioError):  # if it did not come up last time
            sounddevice._terminate()  # noqa: SLF001
        sounddevice._initialize()  # noqa: SLF001
        self.outdated = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For another library that speaks to the same PortAudio."""
        with self._turn:
            yield

    def keep(self, stream: Stream) -> None:
        """Note that *stream* is open; call it when `entered`."""
        self._streams.add(stream)

    def close(self, stream: Stream) -> None:
        """Close *stream* at once, whatever state it is in."""
        with self._turn:
            try:
                stream.abort(ignore_errors=True)
                stream.close(ignore_errors=True)
            finally:
                self._streams.discard(stream)


PORTAUDIO = Library()


@cache
def load() -> ModuleType:
    """sounddevice; raises `Missing` where there is no PortAudio for it."""
    try:
        with _carried_first():
            import sounddevice
    except OSError as exc:
        raise Missing(
            "the PortAudio library is missing; install it"
            " (Debian, Ubuntu: apt-get install libportaudio2)"
        ) from exc
    quieten_alsa()
    module: ModuleType = sounddevice
    return module


@contextmanager
def _carried_first() -> Iterator[None]:
    """While open, sounddevice finds the PortAudio that we carry, where we do."""
    ours = CARRIED / "lib" / "libportaudio.so.2"
    if not ours.is_file():
        yield
        return
    find = ctypes.util.find_library
    ctypes.util.find_library = lambda name: (
        str(ours) if name == "portaudio" else find(name)
    )
    try:
        yield
    finally:
        ctypes.util.find_library = find


_Handler = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)
_silent = _Handler(lambda *_: None)  # ALSA may call it for as long as we live


def quieten_alsa() -> None:
    """ALSA tells stderr about every device that it looked for in vain."""
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError:
        return  # no ALSA, nothing to quieten
    alsa.snd_lib_error_set_handler(_silent)
