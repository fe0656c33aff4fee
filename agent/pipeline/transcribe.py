"""From utterances to words."""

import trio

from agent.errors import AgentError
from agent.events import (
    Dismissed,
    Heard,
    Overheard,
    SpeechEnded,
    SpeechStarted,
    Unheard,
)
from agent.ladder import Ladder
from agent.pipeline import Publish, Sound
from agent.ports import Transcriber
from agent.utterance import Recording

WAITING_UTTERANCES = 8
"""Utterances that may wait for a slow recogniser: at 30 s each, 8 MB."""


async def transcribe(
    sounds: trio.abc.ReceiveChannel[Sound],
    ears: Ladder[Transcriber],
    heard: trio.abc.SendChannel[Heard],
    publish: Publish,
    *,
    min_confidence: float = 0.0,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Turn utterances into words: in order, each as soon as it begins.

    Returns when *sounds* has ended and everything in it has been heard.
    """
    send, recordings = trio.open_memory_channel[Recording](WAITING_UTTERANCES)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_recognise, recordings, ears, heard, publish, min_confidence)
        task_status.started("")
        async with send:
            await _record(sounds, send)


async def _record(
    sounds: trio.abc.ReceiveChannel[Sound],
    recordings: trio.abc.SendChannel[Recording],
) -> None:
    """Collect each utterance; it is passed on when it begins, and grows from there."""
    recording = Recording(0)
    async for sound in sounds:
        match sound:
            case SpeechStarted(turn):
                recording.finish()
                recording = Recording(turn)
                await recordings.send(recording)
            case bytes():
                recording.append(sound)
            case SpeechEnded():
                recording.finish()
            case Dismissed():
                recording.finish(dismissed=True)
    recording.finish()


async def _recognise(
    recordings: trio.abc.ReceiveChannel[Recording],
    ears: Ladder[Transcriber],
    heard: trio.abc.SendChannel[Heard],
    publish: Publish,
    min_confidence: float,
) -> None:
    async for recording in recordings:
        try:
            words = await _words(recording, ears, publish)
        except AgentError as exc:
            if not recording.dismissed:
                publish(Unheard(recording.turn, reason=str(exc)))
            continue
        if recording.dismissed:
            continue  # which has been published already
        if (reason := _nothing_said(words, min_confidence)) is not None:
            publish(Dismissed(words.turn, reason))
        else:
            publish(words)
            await heard.send(words)


async def _words(
    recording: Recording, ears: Ladder[Transcriber], publish: Publish
) -> Heard:
    async def attempt(ear: Transcriber) -> Heard:
        def partial(text: str) -> None:
            publish(Overheard(recording.turn, text, engine=ear.name))

        said = await ear.transcribe(recording, partial)
        return Heard(
            recording.turn,
            said.text.strip(),
            engine=ear.name,
            language=said.language,
            confidence=said.confidence,
        )

    return await ears.first(attempt)


def _nothing_said(words: Heard, min_confidence: float) -> str | None:
    """Why this is no turn, if it is none."""
    if not any(letter.isalnum() for letter in words.text):
        return "no words in it"
    if words.confidence is not None and words.confidence < min_confidence:
        return f"{words.engine} was only {words.confidence:.0%} sure that it was speech"
    return None
