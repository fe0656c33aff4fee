"""From speech that was kept on disk to words, as soon as someone can hear it."""

import logging
import random
from collections.abc import Callable, Container
from contextlib import suppress
from typing import Protocol

import msgspec
import trio

from agent.core.doubt import doubt
from agent.core.restarts import Restarts
from agent.errors import Refused, Unavailable
from agent.events import Dismissed, Entry, Heard, Ready, Unheard
from agent.ladder import Ladder
from agent.pipeline import Publish
from agent.ports import Transcriber, Transcript
from agent.record.spool import Note
from agent.utterance import Recording

FIRST, CEILING = 2.0, 30.0
"""Seconds between two attempts: at most these, growing (full jitter)."""

_GLANCE = 0.05
"""Seconds between two looks at whether words were taken in, which takes about 10 ms."""

logger = logging.getLogger(__name__)


class Spool(Protocol):
    """As `agent.record.spool.Spool`."""

    async def filled(self) -> None: ...
    async def waiting(self) -> list[Note]: ...
    async def load(self, note: Note) -> bytes: ...
    async def forget(self, note: Note) -> None: ...


class Recalling(msgspec.Struct, frozen=True):
    """What the recall stage needs. Speech of another than this *session* becomes a
    turn of this one, with a fresh *number*."""

    spool: Spool
    ears: Ladder[Transcriber]
    session: str
    number: Callable[[], int]
    min_confidence: float = 0.0
    chance: Callable[[], float] = random.random


async def recall(
    wake: trio.abc.ReceiveChannel[None],
    recalling: Recalling,
    heard: trio.MemorySendChannel[Heard],
    publish: Publish,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Have what is kept transcribed, the oldest first, one after the other, for ever.

    While nobody can, it is tried again after a pause, or at once when *wake* tells that
    an ear is back.

    An utterance is forgotten last of all, when its words are on disk as a question. So
    whatever ends us in between, nothing is lost and at most one utterance is heard
    twice: a question asked twice does less harm than one that was never asked.
    """
    task_status.started("")
    spool = recalling.spool
    restarts = Restarts(first=FIRST, ceiling=CEILING)
    while True:
        await spool.filled()
        note = (await spool.waiting())[0]
        try:
            outcome = await _outcome(note, recalling)
        except Unavailable:
            pause = restarts.unavailable(trio.current_time(), recalling.chance())
            with trio.move_on_after(pause):
                await wake.receive()
            continue
        restarts = Restarts(first=FIRST, ceiling=CEILING)
        publish(outcome)
        if isinstance(outcome, Heard):
            await heard.send(outcome)
            await _taken_in(heard)
        try:
            await spool.forget(note)
        except Unavailable as exc:
            logger.warning("speech may be heard again after a restart: %s", exc)


async def wake_when_back(
    entries: trio.abc.ReceiveChannel[Entry],
    ears: Container[str],
    wake: trio.MemorySendChannel[None],
) -> None:
    """Say so on *wake* whenever one of *ears* (by name) is back, until *entries* end.

    *wake* has room for one: an ear that comes back in the middle of an attempt, which
    may have failed with another, is not overlooked.
    """
    async for entry in entries:
        match entry.event:
            case Ready(name) if name in ears:
                with suppress(trio.WouldBlock):
                    wake.send_nowait(None)
            case _:
                pass


async def _outcome(note: Note, needs: Recalling) -> Heard | Dismissed | Unheard:
    """What becomes of the speech; raises `Unavailable` while that is open."""
    try:
        pcm = await needs.spool.load(note)
    except Refused as exc:
        return Unheard(_turn(note, needs), str(exc))
    speech = Recording(note.turn)
    speech.append(pcm)
    speech.finish()

    async def attempt(ear: Transcriber) -> tuple[str, Transcript]:
        take = speech.take(whole=True)
        return ear.name, await ear.transcribe(take, lambda _: None)

    engine, said = await needs.ears.first(attempt)
    text, turn = said.text.strip(), _turn(note, needs)
    if reason := doubt(text, said.confidence, needs.min_confidence):
        return Dismissed(turn, f"{engine}: {reason}")
    return Heard(
        turn,
        text,
        engine,
        note.source,
        language=said.language,
        confidence=said.confidence,
        said_at=note.said_at,
    )


def _turn(note: Note, needs: Recalling) -> int:
    return note.turn if note.session == needs.session else needs.number()


async def _taken_in(heard: trio.MemorySendChannel[Heard]) -> None:
    """Wait until whoever receives has come back for more. Thinking does so when it has
    written down all it received before; it has no other way to tell."""
    while True:
        now = heard.statistics()
        if now.tasks_waiting_receive and not now.current_buffer_used:
            return
        await trio.sleep(_GLANCE)
