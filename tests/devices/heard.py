"""What the tests of devices say and hear."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pytest
import trio

from agent.demo import QUESTION
from agent.hearing.microphones import read_pcm
from agent.portaudio import PORTAUDIO, list_devices
from agent.ports import RATE, Microphone
from tests.fakes import always
from tests.rigs.pulse import Pulse, skip_without_sound

BLOCK = 512

Samples = npt.NDArray[np.float64]


@contextmanager
def connected(server: Pulse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    """With *server* running, and this process a client of it."""
    with server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        PORTAUDIO.outdated = True  # what it saw was the world before
        yield server
    PORTAUDIO.outdated = True


def nobody_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine without any sound; skips the test on one that has some."""
    skip_without_sound()
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    PORTAUDIO.outdated = True
    if list_devices():
        pytest.skip("this machine has sound devices of its own")


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(float)


def speech(seconds: float) -> bytes:
    """From where it begins."""
    pcm = read_pcm(QUESTION)
    loud = np.abs(samples(pcm)) > 1000
    return pcm[2 * int(np.argmax(loud)) :][: 2 * round(seconds * RATE)]


def tone(seconds: float, rate: int, hertz: float = 500) -> bytes:
    at = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


def likeness(part: Samples, whole: Samples) -> float:
    """The best correlation of *part* with any stretch of *whole*; 1 is the same."""
    n = len(whole) + len(part)
    products = np.fft.irfft(np.fft.rfft(whole, n) * np.fft.rfft(part, n).conj(), n)
    at = int(np.argmax(products[: len(whole)]))
    there = whole[at : at + len(part)]
    there = np.pad(there, (0, len(part) - len(there)))
    norm = np.linalg.norm(there) * np.linalg.norm(part)
    return float(there @ part / norm) if norm else 0.0


def sounding(pcm: bytes) -> tuple[float, float, float]:
    """When a tone begins and ends, and its longest hole, in seconds."""
    loud = np.flatnonzero(np.abs(samples(pcm)) > 2000)
    if not loud.size:
        return 0, 0, 0
    hole = float(np.diff(loud).max(initial=0))
    return loud[0] / RATE, loud[-1] / RATE, hole / RATE


class Ear:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.pcm = b""
        self.blocks: set[int] = set()
        self._token = trio.lowlevel.current_trio_token()
        self._grown = trio.Event()

    def __call__(self, pcm: bytes) -> None:
        self.pcm += pcm
        self.blocks.add(len(pcm))
        self._token.run_sync_soon(self._wake)

    def _wake(self) -> None:
        self._grown.set()
        self._grown = trio.Event()

    async def more(self, seconds: float) -> None:
        wanted = len(self.pcm) + 2 * round(RATE * seconds)
        with trio.fail_after(10):
            while len(self.pcm) < wanted:
                await self._grown.wait()


async def listen(microphone: Microphone, ear: Ear, then: Callable[[], None]) -> None:
    """Do *then* while it listens, and go on listening."""
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        then()
        await listening.ended()
