"""What the conversation needs from outside, as small structural types.

Adapters satisfy these without importing them. Everything that is awaited may
raise `Unavailable` (wait and retry) or `Refused` (retrying is pointless).
PCM is little-endian signed 16-bit mono throughout.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import msgspec
import trio

from agent.commands import Command, Unknown
from agent.events import Source
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

    def load(self) -> None:
        """Get ready, in some other thread than the event loop's; quick if it is."""

    def feed(self, frame: bytes) -> Sequence[Sound]:
        """What is new with *frame*: starts, audio, ends."""

    def flush(self) -> Sequence[Sound]:
        """What is left when no frame follows."""


class Speaker(Protocol):
    """Where sound goes: a device, a WAV file, or nowhere."""

    @property
    def name(self) -> str: ...

    @property
    def audible(self) -> bool:
        """Whether a microphone in the room could hear it."""

    async def play(self, pcm: bytes, rate: int) -> None:
        """Take *pcm* (whole samples), waiting while about 0.5 s is already queued."""

    async def drain(self) -> None:
        """Wait until everything taken has sounded."""

    def silence(self) -> None:
        """Throw away what has not sounded yet."""


class Voice(Protocol):
    """Turns text into speech."""

    @property
    def name(self) -> str: ...

    @property
    def rate(self) -> int:
        """Samples per second of what `speak` yields."""

    def speak(
        self, text: str
    ) -> AbstractAsyncContextManager[trio.abc.ReceiveChannel[bytes]]:
        """PCM for *text* (one sentence or a few) as it is synthesised; whole samples."""


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


class Exchange(msgspec.Struct, frozen=True):
    """An earlier question and its answer, given to the mind as context."""

    user: str
    agent: str


class Question(msgspec.Struct, frozen=True):
    """A turn as it is put to the mind. *id* is the idempotency key (a ULID or UUID)."""

    id: str
    turn: int
    session: str
    text: str
    asked_at: float
    source: Source = "voice"
    language: str | None = None
    confidence: float | None = None
    replay: bool = False
    context: tuple[Exchange, ...] = ()


Part: TypeAlias = str | Command | Unknown


class Mind(Protocol):
    """Answers a question."""

    @property
    def name(self) -> str: ...

    def answer(
        self, question: Question
    ) -> AbstractAsyncContextManager[trio.abc.ReceiveChannel[Part]]:
        """The answer as it arrives: pieces of text, and commands between them."""


Pushed: TypeAlias = Callable[[Command | Unknown], None]
"""Whoever is told what a workflow wants without having been asked."""


class Seen(Protocol):
    """The ids of signed messages that were believed, which are believed only once."""

    async def first_time(self, id: str, /) -> bool:
        """Note *id*, durably; False if it has been noted in the last ten minutes."""


class Outbox(Protocol):
    """Questions on disk until they are settled. A question kept is never lost."""

    async def keep(self, question: Question) -> None:
        """Return once *question* is durable."""

    async def pending(
        self,
        most: int,
        *,
        outside: tuple[float, float] | None = None,
        session: str | None = None,
    ) -> list[Question]:
        """The oldest unsettled questions, in their order, of one *session* or of all;
        those of earlier sessions have *replay* set. *outside*: only those asked before
        the first of these times, or after the second, by a clock since set back."""

    async def waits(self, id: str) -> bool:
        """Whether it is still to be asked: the user may have dropped it."""

    async def attempted(self, id: str, error: str, *, counts: bool) -> int:
        """Note a failed attempt; returns how many there were that *counts*."""

    async def settle(self, id: str, outcome: str) -> None:
        """Note that *id* is done: ``answered``, ``refused: …`` or ``expired``."""
