"""What is taken for speech that is none, and what becomes of speech in noise."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from agent.config.settings import Stt, Vad
from agent.ports import RATE
from tests.bench.figures import Figure
from tests.bench.listener import Listener, Said
from tests.bench.recordings import Prompt, Samples, prompts
from tests.bench.rooms import Make, at_level, hour, kinds, pcm

SPEECH = -25.0  # dBFS
BEFORE, AFTER = 2.5, 2.0  # seconds of noise around what is said
COMMAND = 0.3, 1.2  # seconds
SENTENCE = 1.2, 9.0


class Told(msgspec.Struct):
    """Something said in a noisy room, and the utterances that were made of it."""

    prompt: Prompt
    noise: str
    made: list[Said]

    @property
    def whole(self) -> bool:
        """Whether one utterance has all of it."""
        end = BEFORE + self.prompt.seconds
        return [s for s in self._touching if s.begin <= BEFORE and s.end >= end] != []

    @property
    def delay(self) -> float | None:
        """Seconds from its end to when the ear said so; None if it never did."""
        end = BEFORE + self.prompt.seconds
        over = [said.over - end for said in self._touching]
        return max(over) if over else None

    @property
    def _touching(self) -> list[Said]:
        end = BEFORE + self.prompt.seconds
        real = [said for said in self.made if not said.too_short]
        return [said for said in real if said.begin < end and said.end > BEFORE]


def between(shortest: float, longest: float) -> list[Prompt]:
    return [each for each in prompts() if shortest <= each.seconds <= longest]


def tell(
    listener: Listener,
    said: Sequence[Prompt],
    noises: Mapping[str, Make],
    snr: float,
    rng: np.random.Generator,
) -> Iterator[Told]:
    """Each of *said* in one of *noises* after the other."""
    named = [*noises.items()]
    for number, prompt in enumerate(said):
        name, make = named[number % len(named)]
        clip = _mixed(prompt.samples, make, snr, rng)
        yield Told(prompt, name, list(listener.listen(pcm(clip))))


def _mixed(
    speech: Samples, make: Make, snr: float, rng: np.random.Generator
) -> Samples:
    before = round(BEFORE * RATE)
    size = before + speech.size + round(AFTER * RATE)
    clip: Samples = at_level(make(rng, size), SPEECH - snr)
    clip[before : before + speech.size] += at_level(speech, SPEECH)
    return clip


def measure() -> Iterator[Figure]:
    listener, least = Listener(Vad()), Stt().min_confidence
    rng = np.random.default_rng(1)
    made = [said for _, room in hour(rng) for said in listener.listen(pcm(room))]
    sounds = sum(not said.too_short for said in made)
    turns = sum(said.believed(least=least) for said in made)
    unsure = sum(said.believed(least=least, sure=False) for said in made)
    kept = "what the ear takes for speech"
    yield Figure("an hour of noise: false turns", turns, sounds, "", 15, kept)
    yield Figure("the same without confidence", unsure, sounds, "", 15, kept)
    commands = [*tell(listener, between(*COMMAND), kinds(), 20, rng)]
    yield Figure(
        "short commands at 20 dB that are heard whole",
        100 * sum(each.whole for each in commands) / len(commands),
        100,
        "%",
        95,
        "all of them",
    )
    sentences = [*tell(listener, between(*SENTENCE), kinds(), 20, rng)]
    delays = [each.delay for each in sentences if each.delay is not None]
    yield Figure(
        "end of speech to its utterance at 20 dB, p95",
        1000 * float(np.quantile(delays, 0.95)),
        Vad().hangover_ms,
        "ms",
        800,
        "the usual hangover",
    )
