"""How soon Tonny speaks, once there is something to say and to say it with.

All is real, from the agenda to the thread that writes to the device, but for the voice,
which is a process that sends at a fixed pace, and the device, which takes sound in real
time and notes when.
"""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import numpy as np
import trio

from agent import portaudio
from agent.config.settings import Secret, Tts
from agent.core.breaker import Breaker
from agent.floor import Floor
from agent.guard import Guard
from agent.ladder import Ladder, Rung
from agent.pipeline import Line
from agent.pipeline.speak import Speaking, speak
from agent.pipeline.speech import Manner, Speech
from agent.ports import Passage, Voice
from agent.speaking.elevenlabs import Ledger, open_elevenlabs
from agent.speaking.elevenlabs.cache import Cache
from agent.speaking.psola import Psola
from agent.speaking.readable import reader
from agent.speaking.speakers.device import open_device
from agent.speaking.speakers.gain import Gain
from tests.bench import paced_voice
from tests.bench.figures import Figure, Quoted, cheapest
from tests.fakes import to_no_one
from tests.hearing import sound
from tests.pipeline.talk import Talk, Troubled

ROUNDS = 60
RATE = 24_000
OPENS_IN = 0.03
"""Seconds that the device takes to open."""

ANSWER = (
    "The kitchen lights are on. Tomorrow it will rain in the morning, and later the sun"
    " comes out. Your next meeting is at half past nine, with Margaret from planning."
)
TYPED = 60
"""Characters of an answer that come in each second, three at a time."""

RIVALS = [
    Quoted("LiveKit Agents 1.8.9, to its output, at most", 1.4, "ms"),
    Quoted("pipecat 1.14.0, to its writer", 1.2, "ms"),
]


class Device:
    """Takes sound as a sound card does: at once while there is room for 0.1 s, and then
    in real time. *taken* tells when it was handed what."""

    samplerate, latency, stopped = float(RATE), 0.1, False

    def __init__(self) -> None:
        self.taken: list[float] = []
        self._until = 0.0
        self._clock = threading.Event()  # that nobody sets

    def start(self) -> None:
        """It always is."""

    def write(self, pcm: bytes) -> bool:
        now = time.monotonic()
        self.taken.append(now)
        self._until = max(now, self._until) + len(pcm) / 2 / RATE
        self._clock.wait(max(0.0, self._until - now - self.latency))
        return False

    def abort(self, *, ignore_errors: bool) -> None:
        self._until = 0.0

    def close(self, *, ignore_errors: bool) -> None:
        """There is nothing to close."""


class Stub:
    """The process that speaks."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._told = process.stdout
        self.port = int(self._told.readline())

    def sent(self) -> float:
        """When the first byte of the next answer was sent."""
        return float(self._told.readline())

    def floor(self) -> float:
        """Milliseconds from a first byte to whoever only waits for it."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
            client.recv(1000)  # the head
            client.recv(1)
            got = time.monotonic()
        return 1000 * (got - self.sent())


@contextmanager
def stubbed() -> Iterator[Stub]:
    command = [sys.executable, "-m", paced_voice.__name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Stub(process)
        finally:
            process.terminate()


class Mouth(msgspec.Struct):
    """What a conversation speaks with, put together as it does."""

    speech: Speech
    lines: trio.MemorySendChannel[Line]
    device: Device
    cache: Cache

    async def first(self, begin: Callable[[], object]) -> float:
        """When the device was handed the first of what *begin* begins."""
        self.device.taken.clear()
        begin()
        while not self.device.taken:  # noqa: ASYNC110 # a thread puts it there
            await trio.sleep(0.002)
        return self.device.taken[0]

    async def quiet(self) -> None:
        self.speech.stop()
        while self.speech.waiting:  # noqa: ASYNC110 # nobody tells
            await trio.sleep(0.005)
        await trio.sleep(0.03)


@asynccontextmanager
async def mouthed(port: int, folder: Path) -> AsyncIterator[Mouth]:
    tts = Tts(
        base_url=f"http://127.0.0.1:{port}", api_key=Secret("key"), voice="x" * 20
    )
    cache, device = Cache(folder, tts), Device()
    floor = Floor(barge_in=True)
    speech = Speech(floor, to_no_one, Manner())
    send, lines = trio.open_memory_channel[Line](99)

    async def opened(*_: object) -> Device:
        await trio.sleep(OPENS_IN)
        return device

    async with (
        open_elevenlabs(tts, Ledger(to_no_one, time.time), cache, to_no_one) as voice,
        open_device("default") as speaker,
        trio.open_nursery() as nursery,
    ):
        ladder: Ladder[Voice] = Ladder(
            [Rung(voice, Guard(voice.name, to_no_one, Breaker()))]
        )
        tools = Speaking(speech, ladder, speaker, floor, Psola, cache, reader("en"))
        with _opening(opened):
            await nursery.start(speak, lines, tools, to_no_one)
            yield Mouth(speech, send, device, cache)
            nursery.cancel_scope.cancel()


@contextmanager
def _opening(opened: object) -> Iterator[None]:
    before = portaudio.open_output
    portaudio.open_output = opened  # type: ignore[assignment] # there is no sound card
    try:
        yield
    finally:
        portaudio.open_output = before


async def first_samples(stub: Stub, mouth: Mouth) -> list[float]:
    """Milliseconds from the first byte of each answer to the device."""
    found = []
    for n in range(ROUNDS):
        handed = await mouth.first(lambda n=n: mouth.speech.say(f"Number {n}."))  # type: ignore[misc]
        found.append(1000 * (handed - stub.sent()))
        await mouth.quiet()
    return found


async def cached(mouth: Mouth) -> list[float]:
    """Milliseconds from the wish to say what was said before to the device."""
    text = "I cannot reach the workflow."
    await mouth.cache.keep(Passage(text), paced_voice.SOUND, RATE)
    found = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        handed = await mouth.first(lambda: mouth.speech.say(text))
        found.append(1000 * (handed - began))
        await mouth.quiet()
    return found


async def streamed(stub: Stub, mouth: Mouth) -> tuple[float, float]:
    """Milliseconds from the end of an answer's first clause to the first sample, and how
    much of the answer is still to come then, in percent."""
    parts: list[str | float] = []
    for at in range(0, len(ANSWER), 3):
        parts += [ANSWER[at : at + 3], 3 / TYPED]
    talk = Talk(Troubled(parts=tuple(parts)))
    clause = (ANSWER.index(".") + 2) / TYPED

    async def pass_on() -> None:
        async for line in talk.lines:
            await mouth.lines.send(line)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        nursery.start_soon(pass_on)
        began = time.monotonic()
        handed = await mouth.first(lambda: talk.say("What is new?"))
        nursery.cancel_scope.cancel()
    stub.sent()
    took = handed - began
    return 1000 * (took - clause), 100 * (1 - took * TYPED / len(ANSWER))


def dsp() -> tuple[float, float]:
    """Percent of real time that speed, pitch and volume cost, and the volume alone."""
    said = sound.spoken("The light in the kitchen is on, and the door is closed.")
    pieces = [said[at : at + 640] for at in range(0, len(said), 640)]
    rate = 16_000
    gain = Gain()
    gain.volume(-6)

    def shaped() -> None:
        shape = Psola(rate)
        shape.speed, shape.semitones = 1.3, 3
        for piece in pieces:
            gain.apply(shape.feed(piece), rate)
        gain.apply(shape.flush(), rate)

    def louder() -> None:
        for piece in pieces:
            gain.apply(piece, rate)

    seconds = len(said) / 2 / rate
    shaping, floor = cheapest(5, 2, shaped, louder)
    return shaping / 1e4 / seconds, floor / 1e4 / seconds


def measure() -> Iterator[Figure | Quoted]:
    yield from trio.run(_measured)
    shaping, volume = dsp()
    yield Figure(
        "speed, pitch and volume", shaping, volume, "% of real time", 2, "the volume"
    )


async def _measured() -> list[Figure | Quoted]:
    with tempfile.TemporaryDirectory() as folder, stubbed() as stub:
        floor = [await trio.to_thread.run_sync(stub.floor) for _ in range(ROUNDS)]
        async with mouthed(stub.port, Path(folder)) as mouth:
            first = await first_samples(stub, mouth)
            again = await cached(mouth)
            wait, left = await streamed(stub, mouth)
    at_once = "a process that waits for it"
    return [
        _at(
            50, "first byte to first sample", first, floor, goal=None, floor_is=at_once
        ),
        _at(95, "first byte to first sample", first, floor, goal=2, floor_is=at_once),
        *RIVALS,
        _at(
            50,
            "wish to first sample, cached",
            again,
            floor,
            goal=None,
            floor_is=at_once,
        ),
        _at(
            95, "wish to first sample, cached", again, floor, goal=10, floor_is=at_once
        ),
        Figure(
            "first clause to first sample, streamed answer",
            wait,
            1000 * (paced_voice.THINKS + paced_voice.PAUSE),
            "ms",
            None,
            "what the voice thinks",
        ),
        Figure(
            "of the answer still to come then", left, 0, "%", None, "more is better"
        ),
    ]


def _at(
    percentile: int,
    what: str,
    found: list[float],
    floor: list[float],
    *,
    goal: float | None,
    floor_is: str,
) -> Figure:
    value, least = (float(np.percentile(each, percentile)) for each in (found, floor))
    return Figure(f"{what}, p{percentile}", value, least, "ms", goal, floor_is)
