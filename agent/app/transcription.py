"""A recording of any length, from sound to segments of text."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import trio

from agent.app import tools
from agent.config import Config
from agent.config.settings import Vad
from agent.core.captions import plain
from agent.core.doubt import doubt
from agent.core.segments import Pacing, Piece, Pieces
from agent.errors import Unavailable
from agent.events import Event, Lost
from agent.hearing.surroundings import Orders, Surroundings
from agent.ladder import Ladder
from agent.ports import RATE, Microphone, Transcriber
from agent.sounds import Paused
from agent.utterance import Recording

LONGEST = 30.0
"""Seconds of the longest piece: no recogniser takes more at a time."""

AHEAD = 2
"""Pieces that wait for the recogniser: all of a recording that is in memory."""

BREATH_MS = 160
"""Milliseconds of the shortest pause at which a long piece is cut."""

logger = logging.getLogger(__name__)


class Segment(msgspec.Struct, frozen=True):
    """What is said from *start* to *end*, in seconds from the beginning of *file*.

    *language* and *confidence* are None where the *engine* gives none.
    """

    file: str
    start: float
    end: float
    text: str
    engine: str
    language: str | None = None
    confidence: float | None = None


class Scribe(msgspec.Struct, frozen=True):
    """Writes down what is said in recordings, in pieces as *pacing* has it."""

    ears: Ladder[Transcriber]
    config: Config
    pacing: Pacing

    async def write_down(
        self,
        recording: Microphone,
        found: Callable[[Segment], None],
        passed: Callable[[float], None],
    ) -> None:
        """Call *found* with every segment, in order, as soon as there is one; and
        *passed* with the seconds of *recording* that are done with.

        Raises `Unavailable`, with the place, when nobody can hear a piece.
        """
        send, pieces = trio.open_memory_channel[Piece](AHEAD)
        problem: Unavailable | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cut, recording, self.config.vad, self.pacing, send)
            async for piece in pieces:
                try:
                    segment = await self._understood(recording.name, piece)
                except Unavailable as exc:
                    problem = Unavailable(f"{recording.name}, {_place(piece)}: {exc}")
                    nursery.cancel_scope.cancel()
                    break
                if self._believes(segment):
                    found(segment)
                passed(piece.end)
        if problem is not None:
            raise problem

    async def _understood(self, file: str, piece: Piece) -> Segment:
        speech = Recording(0)
        speech.append(piece.pcm)
        speech.finish()

        async def attempt(ear: Transcriber) -> Segment:
            said = await ear.transcribe(speech.take(whole=True), lambda _: None)
            return Segment(
                file,
                round(piece.start, 3),
                round(piece.end, 3),
                plain(said.text),
                ear.name,
                said.language,
                said.confidence,
            )

        return await self.ears.first(attempt)

    def _believes(self, segment: Segment) -> bool:
        least = self.config.stt.min_confidence
        reason = doubt(segment.text, segment.confidence, least)
        if reason is not None:
            where = f"{segment.file} at {segment.start} s"
            logger.info("left out a sound in %s: %s", where, reason)
        return reason is None


@asynccontextmanager
async def open_scribe(config: Config, pacing: Pacing) -> AsyncIterator[Scribe]:
    """With recognisers for any number of recordings.

    Raises `Unavailable` when the settings ask for one that is not configured.
    """
    async with tools.found_ears(config) as found:
        if not found:
            raise Unavailable(
                "no WhisperLiveKit is configured (stt.url); the embedded recogniser"
                " needs none: --engine moonshine"
            )
        yield Scribe(tools.ladder(found, _tell), config, pacing)


def _tell(event: Event) -> None:
    if isinstance(event, Lost):
        logger.warning("%s is away: %s", event.name, event.reason)


async def _cut(
    recording: Microphone, vad: Vad, pacing: Pacing, send: trio.MemorySendChannel[Piece]
) -> None:
    """Send all pieces, the next when there is room: hours take no more memory than
    minutes."""
    # No word is too short here: "no" may stand alone after a cut.
    vad = msgspec.structs.replace(
        vad, speculate_ms=BREATH_MS, min_speech_ms=1, max_utterance=LONGEST
    )
    orders, pieces = Orders(), Pieces(RATE)
    ear = tools.make_ear(vad, Surroundings(lambda: False, orders))

    def hear(frame: bytes) -> None:
        sounds = ear.feed(frame)
        for piece in pieces.feed(sounds, ear.block):
            trio.from_thread.run(send.send, piece)
        for sound in sounds:
            if isinstance(sound, Paused):
                patience = pacing.hangover_ms(
                    pieces.seconds, vad.hangover_ms, BREATH_MS
                )
                orders.decide(sound.number, patience)

    async with send:
        await trio.to_thread.run_sync(ear.load, limiter=trio.CapacityLimiter(1))
        async with recording.open(ear.block, hear, lambda: ear.idle) as playing:
            await playing.ended()
        for piece in pieces.feed(ear.flush(), 0):
            await send.send(piece)


def _place(piece: Piece) -> str:
    minutes, seconds = divmod(int(piece.start), 60)
    return f"at {minutes // 60}:{minutes % 60:02}:{seconds:02}"
