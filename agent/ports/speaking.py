"""What speaking needs from outside."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec
import trio


class Speaker(Protocol):
    """Where sound goes: a device, a WAV file, or nowhere."""

    @property
    def name(self) -> str: ...

    @property
    def audible(self) -> bool:
        """Whether a microphone in the room could hear it."""

    @property
    def underruns(self) -> int:
        """How often a device ran out of sound in the middle of one."""

    async def prepare(self, rate: int) -> None:
        """Be open when sound comes, maybe at *rate*. Never raises: whatever is wrong,
        `play` will say."""

    async def play(self, pcm: bytes, rate: int) -> None:
        """Take *pcm* (whole samples), waiting while about 0.5 s is already queued."""

    async def drain(self) -> None:
        """Wait until everything taken has sounded."""

    def silence(self, *, at_once: bool = True) -> float:
        """Throw away what has not sounded yet; returns how many seconds that was.

        *at_once*, also what the device has; otherwise the sound fades out there.
        """

    def volume(self, db: float) -> None:
        """How much louder to be from now on."""


class Shape(Protocol):
    """Changes speed and pitch of speech as it streams; both may be set at any time."""

    speed: float
    semitones: float

    def feed(self, pcm: bytes) -> bytes:
        """What can be told so far."""

    def flush(self) -> bytes:
        """The rest: this speech has ended."""

    def forget(self) -> None:
        """What comes does not follow what came."""


class Passage(msgspec.Struct, frozen=True):
    """What is said in one go, a sentence or so: *before* was said just before it, by the
    same voice; *speed* 1 is the usual one. *streamed*: it is part of an answer that is
    still coming in."""

    text: str
    before: str = ""
    speed: float = 1.0
    streamed: bool = False
    turn: int = 0


class Voice(Protocol):
    """Turns text into speech."""

    @property
    def name(self) -> str: ...

    @property
    def rate(self) -> int:
        """Samples per second of what `speak` yields; settled by its first piece."""

    def own_speed(self, wanted: float) -> float:
        """The speed that it speaks with by itself, if *wanted* is asked of it."""

    def speak(
        self, passage: Passage
    ) -> AbstractAsyncContextManager[trio.abc.ReceiveChannel[bytes]]:
        """PCM for *passage* as it is synthesised; whole samples."""


class Shelf(Protocol):
    """Sound that was heard before, to be heard again."""

    @property
    def voice(self) -> str:
        """Whose it is."""

    def own_speed(self, wanted: float) -> float:
        """As that voice has it."""

    async def find(self, passage: Passage) -> tuple[bytes, int] | None:
        """PCM and its rate, if it is there and whole."""

    async def keep(self, passage: Passage, pcm: bytes, rate: int) -> None:
        """All of *passage*. Never raises: it is only kept if that is possible."""
