"""What a frame of 20 ms costs on its way through the ear."""

from collections.abc import Callable, Iterator
from itertools import cycle

import webrtcvad

from agent.config.settings import Vad
from agent.hearing.ear import Ear, make_ear
from agent.hearing.surroundings import Orders, Surroundings
from agent.models import locate
from agent.models.manifest import SILERO
from agent.ports import RATE
from tests.bench.figures import Figure, cheapest
from tests.bench.material import noise, speech

FRAME_MS = 20


def measure() -> Iterator[Figure]:
    weights = locate(SILERO)
    spoken = speech()
    quiet, loud = (
        make_ear(Vad(), weights, Surroundings(lambda: False, Orders())),
        make_ear(Vad(), weights, Surroundings(lambda: False, Orders())),
    )
    silence = noise(seconds=4, dbfs=-75)
    per_20_ms = FRAME_MS / 1000 * RATE / quiet.block
    floor, closed, running = cheapest(
        5, 2000, _bare(spoken), _feeding(quiet, silence), _feeding(loud, spoken)
    )
    floor_is = "webrtcvad alone"
    yield Figure(
        "a 20 ms frame of silence, gate closed",
        closed * per_20_ms,
        floor,
        "µs CPU",
        10,
        floor_is,
    )
    yield Figure(
        "a 20 ms frame of speech, Silero running",
        running * per_20_ms,
        floor,
        "µs CPU",
        60,
        floor_is,
    )


def _bare(pcm: bytes) -> Callable[[], object]:
    vad = webrtcvad.Vad(2)
    frames = _cut(pcm, FRAME_MS * RATE // 1000)
    return lambda: vad.is_speech(next(frames), RATE)


def _feeding(ear: Ear, pcm: bytes) -> Callable[[], object]:
    frames = _cut(pcm, ear.block)
    return lambda: ear.feed(next(frames))


def _cut(pcm: bytes, samples: int) -> Iterator[bytes]:
    size = 2 * samples
    return cycle([pcm[at : at + size] for at in range(0, len(pcm) - size + 1, size)])
