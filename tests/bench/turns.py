"""How soon after someone has finished a sentence it is put to the mind."""

import re
from collections.abc import Iterator

import msgspec
import numpy as np

from agent.config.settings import Vad
from agent.ports import RATE
from tests.bench.figures import Figure, Quoted
from tests.bench.listener import Listener, Said
from tests.bench.recordings import Prompt, Samples, prompts
from tests.bench.rooms import at_level, pcm

BEFORE, AFTER = 1.0, 1.5  # seconds of a quiet room
ROOM, SPEECH = -70.0, -25.0  # dBFS

RIVALS = [
    Quoted("LiveKit Agents 1.8.9", 645, "ms"),
    Quoted("pipecat 1.14.0, smart turn", 332, "ms"),
    Quoted("pipecat 1.14.0, silence", 950, "ms"),
]
"""From the end of human speech to the request, with their default settings and a
recogniser that takes no time; p50."""


class Turn(msgspec.Struct, frozen=True):
    """A sentence, and what was made of it. *end* is when it ended."""

    end: float
    made: list[Said]

    @property
    def delay(self) -> float:
        return self.made[-1].ready - self.end

    @property
    def beyond(self) -> float:
        """Seconds that were needed besides the hangover."""
        last = self.made[-1]
        return last.ready - (last.over - last.quiet) - last.hangover


def sentences(listener: Listener) -> list[Prompt]:
    """What reads as one sentence of three words at least."""
    return [
        each
        for each in prompts()
        if 1.0 < each.seconds < 9.0
        and _is_one(listener.recognise(pcm(each.samples))[0])
    ]


def _is_one(text: str) -> bool:
    inside = re.search(r"[.!?;:]\s+\S", text)
    return inside is None and len(re.findall(r"\w+", text)) >= 3


def turns(listener: Listener) -> Iterator[Turn]:
    rng = np.random.default_rng(1)
    for each in sentences(listener):
        end = BEFORE + each.seconds
        made = listener.listen(pcm(_in_a_quiet_room(each.samples, rng)))
        real = [said for said in made if not said.too_short]
        if real:
            yield Turn(end, real)


def _in_a_quiet_room(speech: Samples, rng: np.random.Generator) -> Samples:
    before = round(BEFORE * RATE)
    size = before + speech.size + round(AFTER * RATE)
    room = at_level(rng.normal(size=size), ROOM)
    room[before : before + speech.size] += at_level(speech, SPEECH)
    return room


def measure() -> Iterator[Figure | Quoted]:
    listener, vad = Listener(Vad()), Vad()
    made = [*turns(listener)]
    cut = sum(len(turn.made) > 1 for turn in made)
    whole = [turn for turn in made if turn.made[-1].reading == "complete"]
    yield Figure(
        "end of a complete sentence to its request, p50",
        1000 * float(np.median([turn.delay for turn in whole])),
        vad.hangover_complete_ms,
        "ms",
        480,
        "its hangover",
    )
    yield from RIVALS
    yield Figure(
        "the same, beyond the hangover in force, p50",
        1000 * float(np.median([turn.beyond for turn in made])),
        0,
        "ms",
        20,
        "the hangover itself",
    )
    yield Figure("sentences cut in two", 100 * cut / len(made), 0, "%", 3, "none")
