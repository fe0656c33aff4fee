"""Small stand-ins for what the conversation meets; each does one thing really."""

import math
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

from agent.core.breaker import Breaker
from agent.errors import AgentError, Refused
from agent.events import Event
from agent.guard import Guard
from agent.ladder import Ladder, Rung
from agent.ports import (
    Mind,
    Passage,
    Question,
    Transcriber,
    Transcript,
    Utterance,
    Voice,
)


def to_no_one(event: Event) -> None:
    """A hub without watchers."""


def always() -> bool:
    """Whoever asks whether it may: yes."""
    return True


def guard(
    name: str = "peer",
    publish: Callable[[Event], None] = to_no_one,
    *,
    threshold: int = 3,
    cooldown: float = 30.0,
) -> Guard:
    breaker = Breaker(threshold=threshold, cooldown=cooldown)
    return Guard(name, publish, breaker, chance=lambda: 0.5)


def ears(
    *tools: Transcriber, publish: Callable[[Event], None] = to_no_one
) -> Ladder[Transcriber]:
    return Ladder([Rung(tool, guard(tool.name, publish)) for tool in tools])


def minds(*tools: Mind, publish: Callable[[Event], None] = to_no_one) -> Ladder[Mind]:
    return Ladder([Rung(tool, guard(tool.name, publish)) for tool in tools])


class AsItIs:
    """A shape that changes nothing."""

    speed = 1.0
    semitones = 0.0

    def __init__(self, rate: int) -> None:
        self.rate = rate

    def feed(self, pcm: bytes) -> bytes:
        return pcm

    def flush(self) -> bytes:
        return b""

    def forget(self) -> None:
        """There is nothing to forget."""


def voices(*tools: Voice) -> Ladder[Voice]:
    return Ladder([Rung(tool, guard(tool.name)) for tool in tools])


class Failing:
    """Something that is away: every use of it raises *exc*."""

    def __init__(self, name: str, exc: AgentError) -> None:
        self.name = name
        self.rate = 1000
        self.exc = exc
        self.calls = 0

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        self.calls += 1
        await trio.lowlevel.checkpoint()
        raise self.exc

    def own_speed(self, wanted: float) -> float:
        return 1.0

    @trio.as_safe_channel
    async def speak(self, passage: Passage) -> AsyncGenerator[bytes, None]:
        self.calls += 1
        await trio.lowlevel.checkpoint()
        raise self.exc
        yield b""

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[str, None]:
        self.calls += 1
        await trio.lowlevel.checkpoint()
        raise self.exc
        yield ""


class Typist:
    """A recogniser for which audio is text: its bytes are what was said."""

    name = "typist"

    def __init__(self, confidence: float | None = None) -> None:
        self._confidence = confidence

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        said = b""
        async for chunk in utterance.chunks():
            said += chunk
            partial(said.decode())
        return Transcript(said.decode(), "en", self._confidence)


class Letters:
    """A voice that takes 1 s to say each letter, as one sample of two bytes."""

    def __init__(
        self, name: str = "letters", *, breaks_after: int | None = None
    ) -> None:
        self.name = name
        self.rate = 1
        self._breaks_after = breaks_after

    def own_speed(self, wanted: float) -> float:
        return 1.0

    @trio.as_safe_channel
    async def speak(self, passage: Passage) -> AsyncGenerator[bytes, None]:
        for count, letter in enumerate(passage.text):
            if count == self._breaks_after:
                raise Refused("the voice broke")
            await trio.sleep(1)
            yield (letter + " ").encode()


class Mouth:
    """A speaker that remembers; *fails* when it is to be gone."""

    name = "mouth"

    def __init__(
        self, *, audible: bool = False, fails: AgentError | None = None
    ) -> None:
        self.audible = audible
        self.fails = fails
        self.said = ""
        self.silenced = 0
        self.drained = 0
        self.volumes: list[float] = []
        self.unsounded = 0.0
        self.underruns = 0
        self.prepared: list[int] = []

    async def prepare(self, rate: int) -> None:
        await trio.lowlevel.checkpoint()
        self.prepared.append(rate)

    async def play(self, pcm: bytes, rate: int) -> None:
        await trio.lowlevel.checkpoint()
        if self.fails is not None:
            raise self.fails
        self.said += pcm.decode()[::2]

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()
        self.drained += 1

    def silence(self, *, at_once: bool = True) -> float:
        self.silenced += 1
        return self.unsounded

    def volume(self, db: float) -> None:
        self.volumes.append(db)


class Sage:
    """A mind that answers through a function of the question."""

    name = "sage"

    def __init__(self, wisdom: Callable[[Question], Awaitable[list[str]]]) -> None:
        self._wisdom = wisdom
        self.asked: list[Question] = []

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[str, None]:
        self.asked.append(question)
        for part in await self._wisdom(question):
            await trio.lowlevel.checkpoint()
            yield part


class Drawer:
    """An outbox in memory."""

    def __init__(self, *, room: int = 10) -> None:
        self.waiting: list[Question] = []
        self.settled: dict[str, str] = {}
        self.attempts: list[tuple[str, str]] = []
        self._room = room
        self._failed: Counter[str] = Counter()

    async def keep(self, question: Question) -> None:
        await trio.lowlevel.checkpoint()
        if len(self.waiting) >= self._room:
            raise Refused("the queue is full")
        self.waiting.append(question)

    async def pending(
        self,
        most: int,
        *,
        outside: tuple[float, float] | None = None,
        session: str | None = None,
    ) -> list[Question]:
        await trio.lowlevel.checkpoint()
        first, last = outside or (math.inf, math.inf)
        found = [q for q in self.waiting if q.asked_at < first or q.asked_at > last]
        return [q for q in found if session in (None, q.session)][:most]

    async def waits(self, id: str) -> bool:
        await trio.lowlevel.checkpoint()
        return any(q.id == id for q in self.waiting)

    async def attempted(self, id: str, error: str, *, counts: bool) -> int:
        await trio.lowlevel.checkpoint()
        self.attempts.append((id, error))
        self._failed[id] += counts
        return self._failed[id]

    async def settle(self, id: str, outcome: str) -> None:
        await trio.lowlevel.checkpoint()
        self.settled[id] = outcome
        self.waiting = [q for q in self.waiting if q.id != id]


class Tape:
    """A microphone that plays frames into the ear, then ends (or goes away)."""

    name = "tape"

    def __init__(
        self, frames: list[bytes], *, live: bool = False, then: AgentError | None = None
    ) -> None:
        self.live = live
        self._frames = frames
        self._then = then

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Tape"]:
        self._heard = heard
        yield self

    async def ended(self) -> None:
        def play() -> None:
            for frame in self._frames:
                self._heard(frame)

        await trio.to_thread.run_sync(play)
        await trio.lowlevel.checkpoint()
        if self._then is not None:
            raise self._then


class Remembering:
    """Satisfies `agent.ports.Seen` for as long as it lives."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    async def first_time(self, id: str) -> bool:
        await trio.lowlevel.checkpoint()
        new = id not in self.seen
        self.seen.add(id)
        return new


class Shelved:
    """A shelf with some texts on it; what is kept comes on it too."""

    voice = "elevenlabs"

    def __init__(self, sounds: dict[str, tuple[bytes, int]] | None = None) -> None:
        self.sounds = sounds or {}

    def own_speed(self, wanted: float) -> float:
        return 1.0

    async def find(self, passage: Passage) -> tuple[bytes, int] | None:
        await trio.lowlevel.checkpoint()
        return self.sounds.get(passage.text)

    async def keep(self, passage: Passage, pcm: bytes, rate: int) -> None:
        await trio.lowlevel.checkpoint()
        self.sounds[passage.text] = pcm, rate
