"""What speaks: the voices, best first, and all that goes with them."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from agent import portaudio
from agent.app.peers import limits
from agent.app.tools import imported, ladder
from agent.config import Config
from agent.config.settings import Audio
from agent.errors import AgentError, Unavailable
from agent.events import Event
from agent.floor import Floor
from agent.hearing.surroundings import Echo
from agent.ladder import Ladder
from agent.pipeline import Publish
from agent.pipeline.speak import Speaking
from agent.pipeline.speech import Manner, Speech
from agent.portaudio import Cancelling
from agent.ports import Shelf, Speaker, Voice
from agent.record.spending import spent_since
from agent.record.store import Store

if TYPE_CHECKING:
    from agent.speaking.elevenlabs import Ledger, Memory
    from agent.speaking.readable import Reader


_TOLD_WITHIN = 5.0
"""Seconds after which the sound server hangs: it is asked four things."""

_WORN = ("headphone", "headset", "earphone", "earbud", "airpods", "kopfhörer")


class Voices(msgspec.Struct, frozen=True):
    """*shelf*, *memory* and *ledger* go with ElevenLabs, where there is a key. What is written is
    made *readable* before any of them sees it."""

    ladder: Ladder[Voice]
    readable: "Reader"
    shelf: Shelf | None = None
    memory: "Memory | None" = None
    ledger: "Ledger | None" = None


def has_key(config: Config) -> bool:
    """Whether ElevenLabs is to speak."""
    return bool(config.tts.api_key) and config.tts.engine in {"auto", "elevenlabs"}


@asynccontextmanager
async def open_voices(
    config: Config, folder: Path, publish: Publish, store: Store | None = None
) -> AsyncIterator[Voices]:
    """ElevenLabs where there is a key, with what it has said before kept in *folder*,
    then the embedded voice, and then the computer's."""
    tts, found = config.tts, list[Voice]()
    shelf = memory = ledger = None
    async with AsyncExitStack() as stack:
        if has_key(config):
            await imported("agent.speaking.elevenlabs")
            from agent.speaking.elevenlabs import Memory, open_elevenlabs
            from agent.speaking.elevenlabs.cache import FOLDER, Cache

            memory = await trio.to_thread.run_sync(Memory, tts, folder / FOLDER)
            shelf = Cache(folder / FOLDER, tts, memory)
            ledger = await _ledger(config, publish, store)
            opened = open_elevenlabs(tts, ledger, shelf, publish, memory=memory)
            found.append(await stack.enter_async_context(opened))
        if tts.engine in {"auto", "pico"}:
            from agent.speaking.pico import open_pico

            found.append(await stack.enter_async_context(open_pico(tts.pico_voice)))
        if tts.engine in {"auto", "system"}:
            from agent.speaking.system import SystemVoice

            found.append(SystemVoice(tts.language))
        readable = await trio.to_thread.run_sync(_readable, config)
        yield Voices(
            ladder(found, publish, limits(config)), readable, shelf, memory, ledger
        )


def _readable(config: Config) -> "Reader":
    from agent.speaking.readable import reader

    heard = config.stt.language
    return reader(config.tts.language or ("" if heard == "auto" else heard))


async def _ledger(config: Config, publish: Publish, store: Store | None) -> "Ledger":
    from agent.speaking.elevenlabs import Ledger

    today = 0
    if store is not None and config.tts.budget:
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            today = await store.read(lambda db: spent_since(db, midnight.timestamp()))
        except AgentError:
            today = 0  # who cannot read the record has said so
    return Ledger(
        publish,
        time.time,
        budget=config.tts.budget,
        today=today,
        warn_at=config.tts.quota_warning,
    )


def speaking(
    voices: Voices, speech: Speech, speaker: Speaker, floor: Floor
) -> Speaking:
    """For `agent.pipeline.speak`."""
    from agent.speaking.psola import Psola

    speaker.volume(speech.manner.volume)
    return Speaking(
        speech, voices.ladder, speaker, floor, Psola, voices.shelf, voices.readable
    )


def may_interrupt(audio: Audio, echo: Echo | None, *, cancelled: bool = False) -> bool:
    """Whether the user can be heard while we speak: where we do not hear ourselves, for
    the operating system has it *cancelled* or for another reason, or where the settings
    say so."""
    if audio.duplex != "auto":
        return audio.duplex == "full"
    return echo is not None or cancelled or is_worn(audio)


def is_worn(audio: Audio) -> bool:
    """Whether the speaker, by its name, is headphones."""
    return any(word in audio.speaker.lower() for word in _WORN)


async def cancelling(audio: Audio) -> Cancelling:
    """Whether the operating system takes our voice out of what is heard."""
    ask = partial(portaudio.cancelling, audio.microphone, audio.speaker)
    try:
        return await portaudio.in_thread(ask, _TOLD_WITHIN)
    except Unavailable:
        return "no"


def manner_of(config: Config) -> Manner:
    """How to speak at first."""
    return Manner(config.tts.speed, config.tts.pitch, config.tts.volume)


def to_no_one(event: Event) -> None:
    """For what is not recorded."""
