"""Has phrases said once, to no one, so that they need no ElevenLabs later."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import trio

from agent.app.session import open_session
from agent.app.voices import Voices, open_voices
from agent.config import Config
from agent.errors import AgentError, Refused
from agent.events import Entry, Silent, Spoken
from agent.pipeline.answer import CUT_SHORT
from agent.pipeline.deliver import REFUSED
from agent.pipeline.lanes import KEPT
from agent.pipeline.script import sentences_of
from agent.pipeline.think import FULL
from agent.ports import Passage


class Warmed(msgspec.Struct, frozen=True):
    """How many phrases were *said*, how many *kept* already, and which *failed*, why."""

    said: int
    kept: int
    failed: Sequence[tuple[str, str]]


def fixed(config: Config) -> list[str]:
    """What Tonny says by itself when something is away: it must not need what is."""
    own = [config.workflow.still_working, KEPT, FULL, REFUSED, CUT_SHORT]
    return [phrase for phrase in own if phrase]


async def warm(phrases: Iterable[str], config: Config, folder: Path) -> Warmed:
    """Each sentence of *phrases*, in a session of its own, so that what it costs is on
    the record."""
    if not config.tts.cache_mb:
        raise Refused("nothing is kept: tts.cache_mb is 0")
    sentences = [each for phrase in phrases for each in sentences_of(phrase)]
    async with (
        open_session(folder, config) as session,
        open_voices(config, folder, session.hub.publish, session.store) as voices,
    ):
        return await keep(sentences, voices, config.tts.speed)


async def keep_once_there(
    entries: trio.abc.ReceiveChannel[Entry], config: Config, voices: Voices
) -> None:
    """The fixed phrases, when ElevenLabs has spoken for the first time and is silent
    again: nothing that is to be heard now has to wait for it."""
    if voices.shelf is None or not config.tts.cache_mb:
        return  # nothing would be kept
    there = False
    async for entry in entries:
        match entry.event:
            case Spoken(voice=voices.shelf.voice):
                there = True
            case Silent() if there:
                await keep(fixed(config), voices, config.tts.speed)
                return
            case _:
                pass


async def keep(texts: Iterable[str], voices: Voices, speed: float = 1.0) -> Warmed:
    """Those that are not there yet are said by the first voice alone."""
    if voices.shelf is None:
        raise Refused("ElevenLabs is not configured to speak (tts.engine)")
    said = kept = 0
    failed: list[tuple[str, str]] = []
    for text in texts:
        passage = Passage(voices.readable(text), speed=speed)
        if not passage.text:
            continue
        if await voices.shelf.find(passage) is not None:
            kept += 1
            continue
        try:
            with voices.ladder.rungs[0].guard.call():
                await _say(voices, passage)
        except AgentError as exc:
            failed.append((text, str(exc)))
        else:
            said += 1
    return Warmed(said, kept, failed)


async def _say(voices: Voices, passage: Passage) -> None:
    async with voices.ladder.rungs[0].tool.speak(passage) as sound:
        async for _ in sound:
            pass
