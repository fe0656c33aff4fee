"""From words to lines, through an outbox that loses nothing."""

import math
import random
from contextlib import suppress

import trio

from agent.core.restarts import Restarts
from agent.errors import Refused, Unavailable
from agent.events import (
    Heard,
    Postponed,
    Unanswered,
)
from agent.pipeline import Line, Publish
from agent.pipeline.answer import Answering, Thinking
from agent.ports import Question

KEPT = "I can't reach my workflow right now. I have kept your question and will pass it on."
REFUSED = "My workflow would not answer that. The log says why."
FORGETFUL = (
    "I could not write your question down, so I did not ask it. Is the disk full?"
)
FULL = "I can't take any more questions until my workflow is back."


async def think(
    heard: trio.abc.ReceiveChannel[Heard],
    tools: Thinking,
    lines: trio.abc.SendChannel[Line],
    publish: Publish,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Answer every turn, in order. A turn is durable before its request goes out,
    and stays on disk until it is answered or refused.

    Returns when *heard* has ended and every turn has been tried.
    """
    news, wake = trio.open_memory_channel[None](1)
    sender = _Sender(tools, lines, publish)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sender.run, wake)
        task_status.started(tools.minds.name)
        with news:
            async for turn in heard:
                await _take_in(turn, tools, lines, publish)
                with suppress(trio.WouldBlock):  # then it has been told already
                    news.send_nowait(None)


async def _take_in(
    turn: Heard,
    tools: Thinking,
    lines: trio.abc.SendChannel[Line],
    publish: Publish,
) -> None:
    question = Question(
        id=tools.new_id(),
        turn=turn.turn,
        session=tools.session,
        text=turn.text,
        asked_at=tools.wall() if turn.said_at is None else turn.said_at,
        source=turn.source,
        language=turn.language,
        confidence=turn.confidence,
    )
    try:
        await tools.outbox.keep(question)
    except Refused as exc:
        publish(Unanswered(turn.turn, question.id, reason=str(exc)))
        await lines.send(Line(turn.turn, FULL))
    except Unavailable as exc:
        publish(Unanswered(turn.turn, question.id, reason=str(exc)))
        await lines.send(Line(turn.turn, FORGETFUL))


class _Sender:
    """Puts what is in the outbox to the mind, first in, first out.

    When one question cannot be delivered, those behind it wait too: answers come
    in the order of the questions.
    """

    def __init__(
        self, tools: Thinking, lines: trio.abc.SendChannel[Line], publish: Publish
    ) -> None:
        self._tools = tools
        self._publish = publish
        self._tongue = Answering(tools, lines, publish)
        self._announced: set[str] = set()
        self._restarts = Restarts()
        self._try_again_at = -math.inf

    async def run(self, wake: trio.abc.ReceiveChannel[None]) -> None:
        """Deliver whenever there is a new turn, or it is time to try again."""
        more = True
        while more:
            await self._deliver()
            with trio.move_on_at(self._try_again_at):
                try:
                    await wake.receive()
                except trio.EndOfChannel:
                    more = False
        await self._deliver()

    async def _deliver(self) -> None:
        """Try everything that waits, as long as the mind is there."""
        waiting = [q for q in await self._tools.outbox.pending() if self._ours(q)]
        if trio.current_time() < self._try_again_at and not self._any_new(waiting):
            return
        self._try_again_at = math.inf
        for count, question in enumerate(waiting):
            try:
                await self._settle(question)
            except Unavailable as exc:
                wish = exc.retry_after or 0
                now = trio.current_time()
                pause = self._restarts.unavailable(now, random.random())
                self._try_again_at = now + max(wish, pause)
                for each in waiting[count:]:
                    await self._postpone(each, str(exc))
                return
            self._restarts = Restarts()

    def _any_new(self, waiting: list[Question]) -> bool:
        """Whether someone is waiting who has not been told to; a user who speaks is
        a reason to try at once."""
        ours = (q for q in waiting if q.session == self._tools.session)
        return any(question.id not in self._announced for question in ours)

    def _ours(self, question: Question) -> bool:
        if question.session == self._tools.session:
            return True
        return self._tongue.age(question) > self._tools.adopt_after

    async def _settle(self, question: Question) -> None:
        outbox = self._tools.outbox
        try:
            await self._tongue.answer(question)
        except Refused as exc:
            await outbox.settle(question.id, f"refused: {exc}")
            self._publish(
                Unanswered(self._tongue.turn(question), question.id, reason=str(exc))
            )
            await self._tongue.say(question, REFUSED)
        else:
            await outbox.settle(question.id, "answered")
        self._announced.discard(question.id)

    async def _postpone(self, question: Question, reason: str) -> None:
        """Tell the user, once, that this one has to wait."""
        if question.id in self._announced or question.session != self._tools.session:
            return
        self._announced.add(question.id)
        self._publish(Postponed(self._tongue.turn(question), question.id, reason))
        await self._tongue.say(question, KEPT)
