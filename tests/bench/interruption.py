"""How soon Tonny gives way to who speaks while it does, and how seldom to itself.

In virtual time, frame by frame, with the real ear: what a thread and a device add is
below a millisecond (a cut throws away what the device has).
"""

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
import numpy as np
import trio

from agent.config.settings import Vad
from agent.errors import Unavailable
from agent.events import Event
from agent.floor import Floor
from agent.hearing.ear import Ear, make_ear
from agent.hearing.echo import Canceller, EchoFree
from agent.hearing.surroundings import Orders, Surroundings
from agent.models import locate
from agent.models.manifest import SILERO
from agent.pipeline import Sound
from agent.pipeline.listen import Inlet
from agent.ports import RATE
from tests.bench.figures import Figure, Quoted
from tests.bench.recordings import Missing, Samples, prompts
from tests.bench.rooms import at_level, pcm
from tests.hearing import sound
from tests.hearing.rooms import Room

BLOCK = 512
BEFORE = 6.0
"""Seconds for which we speak alone: a canceller has learnt the room by then."""

AFTER = 1.5
MOST = 60
"""Prompts that interrupt."""

OWN = 200.0
"""Seconds of our own voice."""

AHEAD = 0.1
"""Seconds that a device has in its buffer."""

RIVALS = [
    Quoted("pipecat 1.14.0, silero", 226, "ms"),
    Quoted("LiveKit Agents 1.8.9", 526, "ms"),
]
"""From the beginning of speech to silence, without an echo; p50."""


class Reaction(msgspec.Struct):
    """When we got softer, and when we were silent: seconds, or never."""

    ducked: float | None = None
    silent: float | None = None
    stops: int = 0


class Listener:
    """Speaks, and hears what is in the room meanwhile."""

    def __init__(self, *, echo: bool) -> None:
        try:
            weights = locate(SILERO)
        except Unavailable as exc:
            raise Missing(str(exc)) from exc
        self.echo = EchoFree(_aec3) if echo else None
        if self.echo is not None:
            self.echo.load()
        around = Surroundings(lambda: True, Orders(), listens_on=True, echo=self.echo)
        self._ear: Ear = make_ear(Vad(), weights, around)
        self._now = 0.0
        self._found = Reaction()
        self._floor = Floor(barge_in=True, ducking=self._ducking)
        self._floor.ours = True
        events: list[Event] = []
        send, self._kept = trio.open_memory_channel[Sound](10**6)
        self._inlet = Inlet(self._floor, send, events.append, through_echo=echo)

    def react(self, frames: Sequence[tuple[bytes, bytes]], since: float) -> Reaction:
        """To *frames*, each with what the device takes meanwhile; what happens before
        *since* only counts as a stop."""
        self._found = Reaction()
        for n, (taken, frame) in enumerate(frames, 1):
            self._now = n * BLOCK / RATE - since
            if self.echo is not None:
                self.echo.reference.push(taken)
            held = self._floor.suspected
            self._inlet.put(self._ear.feed(frame))
            if self._floor.suspected and not held:
                self._stopped()
        return self._found

    def _stopped(self) -> None:
        self._found.stops += 1
        if self._now >= 0 and self._found.silent is None:
            self._found.silent = self._now

    def _ducking(self, on: bool) -> None:
        if on and self._now >= 0 and self._found.ducked is None:
            self._found.ducked = self._now


def _aec3() -> Canceller:
    from agent.hearing.aec3 import Aec3

    return Aec3()


@cache
def own_voice() -> bytes:
    """What we say, over and over."""
    said = b"".join(
        sound.spoken(text)
        for text in (
            "The kitchen lights are on, and the heating is set to twenty degrees. ",
            "Tomorrow it will rain in the morning, and later the sun comes out. ",
            "Your next meeting is at half past nine, with Margaret from planning. ",
            "Shall I remind you a quarter of an hour before it begins? ",
        )
    )
    return said * (round(OWN * 2 * RATE) // len(said) + 1)


def _frames(heard: bytes, played: bytes) -> list[tuple[bytes, bytes]]:
    ahead = 2 * round(AHEAD * RATE)
    taken = [played[:ahead], *sound.frames(played[ahead:], BLOCK)]
    frames = sound.frames(heard, BLOCK)
    return list(zip([*taken, *[b""] * len(frames)], frames, strict=False))


def reactions(*, echo: bool) -> list[Reaction]:
    """To one prompt after the other."""
    found: list[Reaction] = []
    for each in [each for each in prompts() if 0.6 < each.seconds < 4][:MOST]:
        size = round((BEFORE + each.seconds + AFTER) * RATE)
        played = own_voice()[: 2 * size]
        heard = Room().echo(played) if echo else _quiet(size)
        said = np.zeros(size)
        at = round(BEFORE * RATE)
        said[at : at + each.samples.size] = at_level(each.samples, -25.0)
        mixed = sound.mixed(heard, pcm(said))
        found.append(Listener(echo=echo).react(_frames(mixed, played), BEFORE))
    return found


def _quiet(size: int) -> bytes:
    room: Samples = np.random.default_rng(1).normal(size=size)
    return pcm(at_level(room, -70.0))


def false_stops() -> int:
    """In `OWN` seconds of our own voice, through an echo canceller."""
    played = own_voice()[: round(OWN * 2 * RATE)]
    heard = Room().echo(played)
    return Listener(echo=True).react(_frames(heard, played), 0.0).stops


def measure() -> Iterator[Figure | Quoted]:
    """In an event loop: the floor tells the time by it."""

    async def gathered() -> list[Figure | Quoted]:
        await trio.lowlevel.checkpoint()
        return [*_figures()]

    yield from trio.run(gathered)


def _figures() -> Iterator[Figure | Quoted]:
    for echo, goals in ((False, (120, 160, 140)), (True, (120, 160, 300))):
        where = "through echo" if echo else "headphones"
        found = reactions(echo=echo)
        ducked = [1000 * each.ducked for each in found if each.ducked is not None]
        silent = [1000 * each.silent for each in found if each.silent is not None]
        told = "without an echo canceller, a frame is 32 ms"
        yield Figure(
            f"onset to softer, {where}, p50",
            float(np.median(ducked)),
            32,
            "ms",
            goals[0],
            told,
        )
        yield Figure(
            f"onset to softer, {where}, p95",
            float(np.percentile(ducked, 95)),
            32,
            "ms",
            goals[1],
            told,
        )
        yield Figure(
            f"onset to silence, {where}, p50",
            float(np.median(silent)),
            32,
            "ms",
            goals[2],
            told,
        )
        missed = len(found) - len(silent)
        yield Figure(
            f"interruptions not noticed, {where}", missed, 0, f"of {len(found)}"
        )
    yield from RIVALS
    yield Figure("stops for our own voice in 200 s", false_stops(), 0, "times", 1)
