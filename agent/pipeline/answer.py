"""From a question to lines: one answer at a time, sentence by sentence as it comes."""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial

import msgspec
import trio

from agent.commands import Command, Notify, Say, Unknown, name_of
from agent.errors import AgentError, Refused, Unavailable
from agent.events import (
    AnswerBegun,
    Asked,
    Commanded,
    CommandIgnored,
    Replied,
)
from agent.floor import Floor
from agent.ladder import Ladder
from agent.pipeline import Line, Publish
from agent.pipeline.bells import Bells
from agent.pipeline.script import Script
from agent.pipeline.so_far import SoFar
from agent.ports import Exchange, Mind, Outbox, Part, Question, Whole

CUT_SHORT = "I'm sorry, the rest of the answer did not arrive."

LULL = 0.15
"""Seconds without anything new after which a stream is thinking."""

AT_ONCE = 1024
"""Characters that are taken for sentences without a pause: a few milliseconds."""


class Thinking(msgspec.Struct, frozen=True):
    """What thinking needs besides its channels. *wall* is the time of day in seconds,
    and *obey* carries out a command or raises `AgentError`.

    Questions that other sessions left behind are delivered too when they are older
    than *adopt_after* seconds: until then whoever asked may still be at it. *knock*
    finds out whether a mind that was absent, by its name, can be reached again. A
    question is given up after so many *attempts* that failed after it had arrived, or
    when it is older than *keep_for* seconds.
    """

    minds: Ladder[Mind]
    outbox: Outbox
    session: str
    new_id: Callable[[], str]
    wall: Callable[[], float]
    floor: Floor
    obey: Callable[[Command], None]
    knock: Callable[[str], Awaitable[bool]]
    context_turns: int = 6
    context_chars: int = 8000
    patience: float = 2.0
    still_working: str = ""
    idempotent: bool = True
    attempts: int = 10
    keep_for: float = math.inf
    bells: Bells = msgspec.field(default_factory=Bells)
    speak_within: float = 120.0
    adopt_after: float = float("inf")


class Answering:
    """Puts questions to the minds, and passes on what they say."""

    def __init__(
        self, tools: Thinking, lines: trio.abc.SendChannel[Line], publish: Publish
    ) -> None:
        self._tools = tools
        self._lines = lines
        self._publish = publish
        self._context: deque[Exchange] = deque(maxlen=tools.context_turns)
        self._mouth = trio.Lock()

    def turn(self, question: Question) -> int:
        """Turns are numbered by session; another's question belongs to none of ours."""
        return question.turn if question.session == self._tools.session else 0

    async def answer(self, question: Question) -> None:
        """Raises only while nothing of the answer has been passed on: `Unavailable` when
        it has to be asked again, and `Refused` when it must not be."""
        question = msgspec.structs.replace(question, context=self._remembered())
        reply = SoFar()
        try:
            await self._tools.minds.first_there(partial(self._ask, question, reply))
        except Unavailable as exc:
            if exc.unsure and not self._tools.idempotent:
                raise Refused(
                    f"{exc}; it may have been done all the same, and is not asked again"
                    " (workflow.idempotent)"
                ) from exc
            raise
        finally:
            if reply.speaking:
                self._mouth.release()
        self._context.append(Exchange(user=question.text, agent=reply.text))
        late, turn = self.late(question), self.turn(question)
        self._publish(Replied(turn, reply.text, reply.mind, late, reply.interrupted))
        if late and turn and reply.text:
            # Nobody listens for it any more, but somebody may look.
            with suppress(AgentError):
                title = f"Late answer: {question.text:.80}"
                self._tools.obey(Notify(reply.text[:4000], title))

    async def say(
        self, question: Question, text: str, *, streamed: bool = False
    ) -> None:
        """Unless it is so late that nobody waits for it any more."""
        if not self.late(question):
            await self._lines.send(Line(self.turn(question), text, streamed))

    async def _ask(self, question: Question, reply: SoFar, mind: Mind) -> None:
        reply.mind = mind.name
        self._publish(Asked(self.turn(question), question.id, mind.name))
        try:
            async with mind.answer(question) as parts:
                await self._pass_on(question, reply, parts)
        except AgentError:
            if not reply.begun:
                raise
            reply.said.append(CUT_SHORT)
            await self._say_all(question, reply, [*reply.script.flush(), CUT_SHORT])
        else:
            if not reply.interrupted:
                await self._say_all(question, reply, reply.script.flush())

    async def _pass_on(
        self,
        question: Question,
        reply: SoFar,
        parts: trio.abc.ReceiveChannel[Part],
    ) -> None:
        """All *parts*, unless the user interrupts the answer once it has begun."""
        first = await self._first(question, reply, parts)
        if first is None:
            return
        reply.begun = True
        self._publish(AnswerBegun(self.turn(question)))
        with self._tools.floor.answering(self.turn(question)) as scope:
            await self._take(question, reply, first)
            while (part := await self._next(question, reply, parts)) is not None:
                await self._take(question, reply, part)
        reply.interrupted = scope.cancelled_caught

    async def _next(
        self,
        question: Question,
        reply: SoFar,
        parts: trio.abc.ReceiveChannel[Part],
    ) -> Part | None:
        """None at the end. A whole sentence is said though the next one is not there."""
        try:
            with trio.move_on_after(LULL):
                return await parts.receive()
            await self._say_all(question, reply, reply.script.lull())
            return await parts.receive()
        except trio.EndOfChannel:
            return None

    async def _first(
        self,
        question: Question,
        reply: SoFar,
        parts: trio.abc.ReceiveChannel[Part],
    ) -> Part | None:
        """Whoever waits is told, once, that this takes longer."""
        phrase, patience = self._tools.still_working, self._tools.patience
        try:
            if phrase and not (reply.excused or question.replay):
                with trio.move_on_after(patience):
                    return await parts.receive()
                reply.excused = True
                await self._say_all(question, reply, [phrase])
            return await parts.receive()
        except trio.EndOfChannel:
            return None

    async def _take(self, question: Question, reply: SoFar, part: Part) -> None:
        match part:
            case str():
                reply.streams = reply.streams or not isinstance(part, Whole)
                reply.said.append(part)
                await self._read(question, reply, reply.script, part)
            case Unknown(name, reason):
                self._publish(CommandIgnored(self.turn(question), name, reason))
            case Say(text):
                self._publish(Commanded(self.turn(question), part))
                script = Script()
                await self._read(question, reply, script, text)
                await self._say_all(question, reply, script.flush())
            case _:
                self._obey(question, part)

    async def _read(
        self, question: Question, reply: SoFar, script: Script, text: str
    ) -> None:
        """A little at a time: however long it is, the others have their turns."""
        for start in range(0, len(text), AT_ONCE):
            await trio.lowlevel.checkpoint()
            sentences = script.feed(text[start : start + AT_ONCE])
            await self._say_all(question, reply, sentences)

    def _obey(self, question: Question, command: Command) -> None:
        turn = self.turn(question)
        try:
            if self.late(question) and not isinstance(command, Notify):
                raise Refused("the answer came too late for it")
            self._tools.obey(command)
        except AgentError as exc:
            self._publish(CommandIgnored(turn, name_of(command), str(exc)))
        else:
            self._publish(Commanded(turn, command))

    async def _say_all(
        self, question: Question, reply: SoFar, texts: Iterable[str]
    ) -> None:
        """One answer at a time: two that come together are not mixed up."""
        for text in texts:
            if not (reply.speaking or self.late(question)):
                await self._mouth.acquire()
                reply.speaking = True
            await self.say(question, text, streamed=reply.streams)

    def _remembered(self) -> tuple[Exchange, ...]:
        """The latest exchanges, as many as fit."""
        room, kept = self._tools.context_chars, deque[Exchange]()
        for exchange in reversed(self._context):
            room -= len(exchange.user) + len(exchange.agent)
            if room < 0:
                break
            kept.appendleft(exchange)
        return tuple(kept)

    def late(self, question: Question) -> bool:
        """An answer this old is written down, and no longer worth saying."""
        return self.age(question) > self._tools.speak_within

    def age(self, question: Question) -> float:
        """Seconds since it was asked."""
        return self._tools.wall() - question.asked_at
