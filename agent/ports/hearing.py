"""What hearing needs from outside."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from agent.sounds import Sound

RATE = 16_000
"""Samples per second of everything that is heard."""


class Microphone(Protocol):
    """A source of 16 kHz mono PCM: a device, or a file that plays the part of one."""

    @property
    def name(self) -> str:
        """What to call it in messages."""

    @property
    def live(self) -> bool:
        """A live microphone cannot wait: what does not fit is lost. A file can."""

    def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AbstractAsyncContextManager["Listening"]:
        """Call *heard* with every *block* samples, from a thread of its own; *idle*
        tells whether nobody would miss a moment of sound.

        A file's thread may be blocked by *heard* for as long as it takes (pacing
        resumes afterwards); a device's must not be. Raises `Unavailable` when
        there is no such device.
        """


class Listening(Protocol):
    """An open microphone."""

    async def ended(self) -> None:
        """Return at the end of a file; raise `Unavailable` when a device goes away."""


class Ear(Protocol):
    """Cuts frames into utterances, synchronously, in the microphone's thread."""

    @property
    def block(self) -> int:
        """Samples of one frame."""

    @property
    def idle(self) -> bool:
        """Whether no utterance is under way."""

    @property
    def level(self) -> float | None:
        """How loud the last frame was, in dBFS; None if there was none."""

    def load(self) -> None:
        """Get ready, in some other thread than the event loop's; quick if it is."""

    def feed(self, frame: bytes) -> Sequence[Sound]:
        """What is new with *frame*: starts, audio, ends."""

    def flush(self) -> Sequence[Sound]:
        """What is left when no frame follows."""


class Utterance(Protocol):
    """One stretch of speech, growing while it is spoken; may be read many times."""

    @property
    def turn(self) -> int: ...

    @property
    def finished(self) -> bool:
        """Whether the user has stopped talking: nothing will be added."""

    @property
    def pcm(self) -> bytes:
        """All there is so far, pre-roll included."""

    def chunks(self) -> AsyncIterator[bytes]:
        """From the beginning: first all there is, then each addition, to the end."""


class Transcript(msgspec.Struct, frozen=True):
    """What was said, as far as an engine can tell."""

    text: str
    language: str | None = None
    confidence: float | None = None


class Transcriber(Protocol):
    """Turns an utterance into words."""

    @property
    def name(self) -> str: ...

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        """Read *utterance* to its end; call *partial* with the text so far."""


class EndpointPolicy(Protocol):
    """How long to wait for more, by what was said so far."""

    def hangover_ms(self, text: str, language: str | None) -> float | None:
        """Milliseconds of silence that end the utterance *text*; None: as usual."""
