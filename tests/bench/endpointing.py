"""How much later than the hangover an utterance ends."""

import statistics
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import trio

from agent.config.settings import Vad
from agent.events import Event, SpeechEnded
from agent.floor import Floor
from agent.hearing.ear import Ear
from agent.hearing.surroundings import Orders, Surroundings
from agent.pipeline import Sound
from agent.pipeline.listen import listen
from tests.bench.figures import Figure

UTTERANCES = 20


class Oracle:
    """A VAD that is never wrong: what is not zero is speech."""

    frame = 512

    def probability(self, frame: bytes) -> float:
        return float(any(frame))

    def reset(self) -> None:
        pass


class Paced:
    """A live microphone: a thread that delivers a block each 32 ms, as a device does."""

    name = "paced"
    live = True

    def __init__(self, ends: list[float]) -> None:
        self._ends = ends

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Paced"]:
        self._block, self._heard = block, heard
        yield self

    async def ended(self) -> None:
        await trio.to_thread.run_sync(self._play)

    def _play(self) -> None:
        pause = threading.Event()
        due = time.monotonic()
        for _ in range(UTTERANCES):
            for voiced in [True] * 10 + [False] * 25:
                due += self._block / 16_000
                pause.wait(max(0.0, due - time.monotonic()))
                self._heard(bytes([voiced]) * 2 * self._block)
                if voiced:
                    self._last = time.monotonic()
            self._ends.append(self._last)


def measure() -> Iterator[Figure]:
    vad = Vad()
    spoken_until: list[float] = []
    ended_at: list[float] = []

    def publish(event: Event) -> None:
        if isinstance(event, SpeechEnded):
            ended_at.append(time.monotonic())

    async def main() -> None:
        send, receive = trio.open_memory_channel[Sound](9999)
        ear = Ear(vad, Oracle(), Surroundings(lambda: False, Orders()))
        await listen(Paced(spoken_until), ear, Floor(), send, publish)
        receive.close()

    trio.run(main)
    hangover = vad.hangover_ms / 1000
    late = [
        1000 * (end - spoken - hangover)
        for end, spoken in zip(ended_at, spoken_until, strict=True)
    ]
    yield Figure(
        "end of speech to utterance, beyond the hangover, p50",
        statistics.median(late),
        0,
        "ms",
        1,
        f"the hangover itself, {vad.hangover_ms} ms",
    )
