"""One turn or one line, without a conversation around it."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import trio

from agent.app import tools
from agent.app.session import Onlooker, open_session
from agent.app.thoughts import thinking_of
from agent.app.voices import manner_of, open_voices, speaking
from agent.commands import Command, Unknown, name_of
from agent.config import Config
from agent.errors import Refused, Unavailable
from agent.events import (
    Event,
    Heard,
    Postponed,
    Replied,
    RungChanged,
    Unanswered,
    Unspoken,
    VoiceSwapped,
)
from agent.floor import Floor
from agent.pipeline import Line
from agent.pipeline.speak import speak
from agent.pipeline.speech import Speech
from agent.pipeline.think import think
from agent.ports import Speaker
from agent.record.seen import StoredSeen


async def say(
    text: str,
    config: Config,
    folder: Path,
    speaker: Speaker,
    onlookers: Sequence[Onlooker] = (),
) -> str:
    """Speak *text*; raises `Unavailable` with the reason if part of it was not said.

    Returns whose voice spoke instead of the one that is wanted, and why, if so."""
    async with open_session(folder, config, onlookers) as session:
        unsaid: list[str] = []
        instead: list[str] = []

        def publish(event: Event) -> None:
            match event:
                case Unspoken(reason=reason):
                    unsaid.append(reason)
                case RungChanged(voice, _, reason) if reason:
                    instead.append(f"{voice} spoke instead: {reason}")
                case VoiceSwapped(_, used, reason):
                    instead.append(f"{used} spoke instead: {reason}")
                case _:
                    pass
            session.hub.publish(event)

        async with open_voices(config, folder, publish, session.store) as voices:
            speech = Speech(floor := Floor(), publish, manner_of(config))
            speech.say(text)
            send, lines = trio.open_memory_channel[Line](0)
            send.close()
            await speak(lines, speaking(voices, speech, speaker, floor), publish)
    if unsaid:
        raise Unavailable(unsaid[0])
    return instead[-1] if instead else ""


class Answer(msgspec.Struct, frozen=True):
    """What became of a question: without a *text* it is *kept* for later, or refused."""

    text: str | None
    reason: str = ""
    kept: bool = False


async def ask(
    text: str,
    config: Config,
    folder: Path,
    speaker: Speaker,
    onlookers: Sequence[Onlooker] = (),
) -> Answer:
    """Send one turn, speak its answer, and return it."""
    async with open_session(folder, config, onlookers) as session:
        answers: list[Answer] = []

        def publish(event: Event) -> None:
            match event:
                case Replied(text=said):
                    answers.append(Answer(said))
                case Postponed(reason=reason):
                    answers.append(Answer(None, reason, kept=True))
                case Unanswered(reason=reason):
                    answers.append(Answer(None, reason))
                case _:
                    pass
            session.hub.publish(event)

        seen = StoredSeen(session.store)
        to_think, heard = trio.open_memory_channel[Heard](1)
        to_speak, lines = trio.open_memory_channel[Line](32)
        async with (
            open_voices(config, folder, publish, session.store) as voices,
            tools.minds(config, publish, seen, _unasked) as minds,
            trio.open_nursery() as nursery,
        ):
            thinking = thinking_of(config, session, minds, Floor(), _cannot, alone=True)
            floor, mode = Floor(), config.response.mode
            speech = Speech(floor, publish, manner_of(config), mode)
            mouth = speaking(voices, speech, speaker, floor)
            nursery.start_soon(speak, lines, mouth, publish)
            turn = Heard(1, text, engine="keyboard", source="text")
            publish(turn)
            to_think.send_nowait(turn)
            to_think.close()
            async with to_speak:
                await think(heard, thinking, to_speak, publish)
    return answers[0]


def _unasked(command: Command | Unknown) -> None:
    """Whoever asks once does nothing else."""


def _cannot(command: Command) -> None:
    raise Refused(f"only a running agent can {name_of(command)}: tonny-agent run")
