"""From utterances to words."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec
import trio

from agent.core.doubt import doubt
from agent.errors import AgentError, Unavailable
from agent.events import (
    Dismissed,
    Heard,
    SpeechEnded,
    SpeechStarted,
    Unheard,
)
from agent.floor import Floor
from agent.ladder import Ladder
from agent.pipeline import Publish, Sound
from agent.pipeline.shown import Shown
from agent.ports import EndpointPolicy, Transcriber
from agent.sounds import Paused, Resumed
from agent.utterance import Recording, Take

WAITING_UTTERANCES = 8
"""Utterances that may wait for a slow recogniser: at 30 s each, 8 MB."""

SLOW = 1.0
"""Seconds after the end of speech by which a text is worth having ahead of time: a
recogniser that takes longer would only be kept busy with pauses."""


class Shelf(Protocol):
    """Where speech waits on disk for someone to transcribe it."""

    @property
    def empty(self) -> bool: ...

    async def keep(self, recording: Recording) -> None:
        """Return once it is durable; raise `Refused` when there is no room."""


def _nobodys(_text: str) -> bool:
    """Of a text that is not ours."""
    return False


class Understanding(msgspec.Struct, frozen=True):
    """What the transcribe stage needs.

    *decide* is told, of a pause, after how many milliseconds it is the end. *ours* tells
    whether a text is what we are saying ourselves; what it was decides about the *floor*.
    """

    ears: Ladder[Transcriber]
    policy: EndpointPolicy | None = None
    decide: Callable[[int, float], None] | None = None
    shelf: Shelf | None = None
    min_confidence: float = 0.0
    floor: Floor = msgspec.field(default_factory=Floor)
    ours: Callable[[str], bool] = _nobodys


async def transcribe(
    sounds: trio.abc.ReceiveChannel[Sound],
    understanding: Understanding,
    heard: trio.abc.SendChannel[Heard],
    publish: Publish,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Turn utterances into words: in order, each as soon as it begins.

    Returns when *sounds* has ended and everything in it has been heard.
    """
    send, recordings = trio.open_memory_channel[Recording](WAITING_UTTERANCES)
    recogniser = _Recogniser(understanding, publish)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_recognise, recordings, recogniser, heard)
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
            case Paused(number):
                recording.pausing(number)
            case Resumed():
                recording.resume()
            case SpeechEnded():
                recording.finish()
            case Dismissed():
                recording.finish(dismissed=True)
    recording.finish()


async def _recognise(
    recordings: trio.abc.ReceiveChannel[Recording],
    recogniser: "_Recogniser",
    heard: trio.abc.SendChannel[Heard],
) -> None:
    async for recording in recordings:
        words = await recogniser.words(recording)
        if words is not None:
            await heard.send(words)


class _Recogniser:
    """Has one recording after the other transcribed, and says what became of it."""

    def __init__(self, understanding: Understanding, publish: Publish) -> None:
        self._needs = understanding
        self._publish = publish
        self._slow = False

    async def words(self, recording: Recording) -> Heard | None:
        """What was said, if it was anything; it is published, whatever it is."""
        shelf = self._needs.shelf
        try:
            if shelf is not None and not shelf.empty:
                raise Unavailable("earlier speech still waits to be transcribed")
            words = await self._settled(recording)
        except AgentError as exc:
            await self._shelve(recording, str(exc))
            return None
        if recording.dismissed:
            return None  # which has been published already
        reason = doubt(words.text, words.confidence, self._needs.min_confidence)
        if reason is None and self._needs.ours(words.text):
            reason = "that was our own voice"
        if reason is not None:
            self._needs.floor.acquit(words.turn)
            self._publish(Dismissed(words.turn, f"{words.engine}: {reason}"))
            return None
        self._needs.floor.yield_to_user(words.turn)
        self._publish(words)
        return words

    async def _settled(self, recording: Recording) -> Heard:
        """The text of all of *recording*. It is worked out in every pause, and again
        from the beginning if that was not the end."""
        shown = Shown(recording, self._publish, self._believe)
        while True:
            words = await self._of_a_take(recording, shown)
            if words is not None:
                return words

    def _believe(self, turn: int, text: str) -> None:
        """Some words of it are enough to know that someone speaks."""
        if text.count(" ") and not self._needs.ours(text):
            self._needs.floor.yield_to_user(turn)

    async def _of_a_take(self, recording: Recording, shown: "Shown") -> Heard | None:
        """The text up to a pause, once that was the end; None if speech went on."""
        take = recording.take(whole=self._slow)
        shown.begin_again()
        words: Heard | None = None
        problem: AgentError | None = None
        went_on = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_when_outdated, take, nursery.cancel_scope)
            if self._slow:
                nursery.start_soon(self._weigh_pauses, recording, shown)
            try:
                words = await self._first(take, shown)
            except AgentError as exc:
                problem = exc
            if not (recording.finished or take.outdated):
                self._weigh(recording, shown if words is None else words)
                went_on = await recording.moved_on()
            nursery.cancel_scope.cancel()
        if went_on or take.outdated:
            return None
        if problem is not None:
            raise problem
        return words

    async def _first(self, take: Take, shown: "Shown") -> Heard:
        async def attempt(ear: Transcriber) -> Heard:
            said = await ear.transcribe(take, partial(shown.show, engine=ear.name))
            self._slow = take.age > SLOW
            text = said.text.strip()
            shown.show(text, engine=ear.name)
            return Heard(
                take.turn,
                text,
                engine=ear.name,
                language=said.language,
                confidence=said.confidence,
            )

        return await self._needs.ears.first(attempt)

    async def _weigh_pauses(self, recording: Recording, shown: "Shown") -> None:
        """For a recogniser that is slow, by what it has made of the speech so far."""
        weighed = 0, ""
        while True:
            if (known := (recording.pause, shown.text)) != weighed:
                self._weigh(recording, shown)
                weighed = known
            await recording.news()

    def _weigh(self, recording: Recording, said: "Heard | Shown") -> None:
        """After how long this pause is the end, by what was said."""
        policy, decide = self._needs.policy, self._needs.decide
        if policy is None or decide is None or not recording.pause:
            return
        if (hangover_ms := policy.hangover_ms(said.text, said.language)) is not None:
            decide(recording.pause, hangover_ms)

    async def _shelve(self, recording: Recording, reason: str) -> None:
        """Keep for later what nobody can transcribe now."""
        await recording.complete()
        self._needs.floor.acquit(recording.turn)
        if recording.dismissed:
            return
        kept = False
        if self._needs.shelf is not None:
            try:
                await self._needs.shelf.keep(recording)
                kept = True
            except AgentError as exc:
                reason = f"{reason}; {exc}"
        self._publish(Unheard(recording.turn, reason, kept))


async def _cancel_when_outdated(take: Take, scope: trio.CancelScope) -> None:
    await take.becoming_outdated()
    scope.cancel()
