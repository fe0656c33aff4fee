"""Every integration does its job once: what `tonny-agent test` shows."""

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec
import trio

from agent.app import tools
from agent.app.patient import Patient
from agent.app.seen import SeenNow
from agent.app.voices import Voices, open_voices, to_no_one
from agent.commands import Command, Unknown
from agent.config import Config
from agent.demo import CLIP_TEXT, is_clip, read_clip
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import (
    RATE,
    Letter,
    Mind,
    Passage,
    Speaker,
    Transcriber,
    Voice,
)
from agent.record.sqlite import DATABASE, sqlite3
from agent.record.store import open_store
from agent.thinking.trying import trying
from agent.utterance import Recording

EACH_WITHIN = 30.0
"""Seconds in which an integration has to have done its job."""

SPOKEN = "This is a test. One, two, three."

_ENGLISH = ("en", "auto")
_LISTEN, _CONFIRMED = 1.0, 10.0  # seconds


class Trial(msgspec.Struct, frozen=True):
    """What became of one integration. *passed* is None for one that nobody asked for and
    that is not there; *seconds* is how long it took."""

    name: str
    passed: bool | None
    detail: str
    seconds: float


Told: TypeAlias = Callable[[Trial], None]
Job: TypeAlias = Callable[[], Awaitable[str]]


async def try_everything(
    config: Config, folder: Path, speaker: Speaker, told: Told
) -> Sequence[Trial]:
    """Have everything that is configured do its job once, side by side; *told* hears of
    each as it ends. The workflow really runs, ElevenLabs is paid for 32 characters, and
    *speaker* is heard. Nothing is kept in the record.
    """
    trials: dict[str, Trial] = {}

    async def run(name: str, job: Job) -> None:
        trials[name] = trial = await _tried(name, job)
        told(trial)

    async with _jobs(config, folder, speaker) as jobs, trio.open_nursery() as nursery:
        for name, job in jobs.items():
            nursery.start_soon(run, name, job)
    return list(trials.values())


async def _tried(name: str, job: Job) -> Trial:
    began = trio.current_time()
    passed: bool | None = True
    try:
        with trio.fail_after(EACH_WITHIN):
            detail = await job()
    except _Unwanted as exc:
        passed, detail = None, str(exc)
    except AgentError as exc:
        passed, detail = False, str(exc)
    except trio.TooSlowError:
        passed, detail = False, f"not done within {EACH_WITHIN:.0f} s"
    return Trial(name, passed, detail, round(trio.current_time() - began, 3))


class _Unwanted(Exception):
    """It is not there, and nobody asked for it."""


@asynccontextmanager
async def _jobs(
    config: Config, folder: Path, speaker: Speaker
) -> AsyncIterator[dict[str, Job]]:
    """What there is to try, by the names of the integrations, while all are open."""
    async with (
        tools.found_ears(config) as ears,
        tools.minds(config, to_no_one, SeenNow(), _unasked) as minds,
        open_voices(config, folder, to_no_one) as voices,
    ):
        tongues = [rung.tool for rung in voices.ladder.rungs]
        yield {
            "record": partial(_record, folder / DATABASE),
            "microphone": partial(_microphone, config),
            **{each.name: partial(_hears, config.stt.language, each) for each in ears},
            **{each.tool.name: partial(_answers, each.tool) for each in minds.rungs},
            **{each.name: partial(_speaks, config, each) for each in tongues},
            "speaker": partial(_sounds, voices, speaker),
            **(
                {"rabbitmq": partial(_posts, config)} if config.rabbitmq.enabled else {}
            ),
        }


async def _record(path: Path) -> str:
    """Durably, though the row is gone again."""
    async with open_store(path) as store:
        await store.change(_written)
        return f"{path} is written and read"


def _written(connection: sqlite3.Connection) -> None:
    row = ("tonny-agent test", time.time())
    connection.execute("INSERT INTO seen (id, at) VALUES (?, ?)", row)
    connection.execute("DELETE FROM seen WHERE id = ?", row[:1])


async def _microphone(config: Config) -> str:
    """It sends something; how loud that is is told, for a person to judge."""
    from agent.hearing.microphones import pick_microphone
    from agent.hearing.returns import loudness

    microphone, heard = pick_microphone(config.audio), bytearray()
    opened = Patient(microphone).open(RATE // 50, heard.extend, lambda: True)
    async with opened as listening:
        with trio.move_on_after(_LISTEN):
            await listening.ended()
    if not heard:
        raise Unavailable(f"{microphone.name} sends nothing")
    return f"{microphone.name}, {loudness(bytes(heard)):.0f} dBFS"


async def _hears(language: str, ear: Transcriber) -> str:
    """A bundled question, which is English, as well as can be expected."""
    recording = Recording(0)
    recording.append(read_clip())
    recording.finish()
    try:
        found = await ear.transcribe(recording.take(whole=True), _partly)
    except Refused as exc:
        if ear.name == "moonshine":  # another language than it knows was asked for
            raise _Unwanted(str(exc)) from exc
        raise
    foreign = language not in _ENGLISH
    if not (found.text.strip() if foreign else is_clip(found.text)):
        raise Refused(f'it heard "{found.text:.100}" for "{CLIP_TEXT}"')
    return f'heard "{found.text:.100}"'


async def _answers(mind: Mind) -> str:
    said: list[str] = []
    async with mind.answer(trying("tonny-agent-test")) as parts:
        said += [part async for part in parts if isinstance(part, str)]
    text = "".join(said).strip()
    if not text:
        raise Refused("it answered without a text")
    return f'answered "{text:.100}"'


async def _speaks(config: Config, voice: Voice) -> str:
    try:
        pcm = await _spoken(voice)
    except AgentError as exc:
        if voice.name == "system" and config.tts.engine != "system":
            raise _Unwanted(str(exc)) from exc
        raise
    if not pcm.strip(b"\0"):
        raise Refused("what it says is silence")
    return f"spoke for {len(pcm) / (2 * voice.rate):.1f} s"


async def _sounds(voices: Voices, speaker: Speaker) -> str:
    """What the best voice says, which was paid for when it was tried itself."""

    async def say(voice: Voice) -> str:
        async with voice.speak(Passage(SPOKEN)) as chunks:
            async for pcm in chunks:
                await speaker.play(pcm, voice.rate)
        await speaker.drain()
        return f"{voice.name} sounded on {speaker.name}"

    return await voices.ladder.first(say)


async def _posts(config: Config) -> str:
    """A message that nobody has to want."""
    from agent.bus.posting import post
    from agent.config.broker import broker_of

    settings = config.rabbitmq
    broker, key = broker_of(settings.url), f"{settings.prefix}.test"
    letter = Letter(str(uuid.uuid4()), key, b'{"message":"test"}', time.time())
    outcome = await post(broker, settings.exchange, letter, _CONFIRMED)
    if outcome == "not taken":
        raise Refused(f"{broker.shown} did not take {key}")
    wanted = "a queue has it" if outcome == "routed" else "no queue wants it"
    return f"{broker.shown} took {key}; {wanted}"


async def _spoken(voice: Voice) -> bytes:
    async with voice.speak(Passage(SPOKEN)) as chunks:
        return b"".join([pcm async for pcm in chunks])


def _partly(text: str) -> None:
    """The whole text will come."""


def _unasked(command: Command | Unknown) -> None:
    """Nothing is done here."""
