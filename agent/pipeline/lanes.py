"""The two lanes of questions: first in, first out in each, and neither waits for the
other. In the live one are those whose answers are still worth saying."""

import math
from collections import deque
from functools import partial

import msgspec
import trio

from agent.errors import Unavailable
from agent.events import Postponed
from agent.pipeline import Publish
from agent.pipeline.answer import Answering, Thinking
from agent.pipeline.deliver import Delivery, Patience
from agent.ports import Question

KEPT = "I can't reach my workflow right now. I have kept your question and will pass it on."

PAGE = 100
"""Questions of the backlog that are in memory at a time."""

HICCUP = 2.0
"""Seconds of silence that nobody wonders about."""

LOOK_EVERY = 15.0
"""Seconds: what other sessions leave behind is found, and what the user retries."""


class Live:
    """What this session asks. A question that cannot be delivered is waited for by those
    behind it, until it is too old to be answered aloud: then it is the backlog's."""

    def __init__(
        self,
        tools: Thinking,
        tongue: Answering,
        delivery: Delivery,
        publish: Publish,
    ) -> None:
        self._tools = tools
        self._tongue = tongue
        self._delivery = delivery
        self._publish = publish
        self._bells = tools.bells
        self._patience = Patience(tools.bells.back)
        self._waiting: deque[Question] = deque()
        self._announced: set[str] = set()
        self._failures = 0
        self._news = False
        self._closed = False

    @property
    def ids(self) -> set[str]:
        """Those that are nobody else's business."""
        return {question.id for question in self._waiting}

    def add(self, question: Question) -> None:
        """A durable one; whoever speaks is a reason to try at once."""
        self._waiting.append(question)
        self._news = True
        self._bells.back.ring()

    def close(self) -> None:
        """No more come."""
        self._closed = True
        self._bells.back.ring()

    async def run(self) -> None:
        """Until it is closed and everything in it has been tried once more."""
        ours = self._tools.session
        left = await self._tools.outbox.pending(PAGE, session=ours)
        self._waiting.extendleft(q for q in reversed(left) if q.id not in self.ids)
        while True:
            while not self._waiting:
                if self._closed:
                    return
                await self._bells.back.heard(math.inf)
            self._news = False
            try:
                await self._first()
            except Unavailable as exc:
                self._failures += 1
                if self._closed or self._is_serious(exc):
                    await self._postpone(str(exc))
                if self._closed:
                    return
                await self._wait(exc)
            else:
                self._failures = 0

    async def _first(self) -> None:
        question = self._waiting[0]
        if self._tongue.late(question):
            self._forget(question)
            self._bells.old.ring()
            return
        if question.id in self._announced and not await self._waits(question):
            self._forget(question)
            return
        try:
            outcome = await self._delivery.deliver(question)
        except Unavailable as exc:
            if exc.unsure:
                self._waiting[0] = msgspec.structs.replace(question, replay=True)
            raise
        self._patience.delivered()
        await self._delivery.settle(question.id, outcome)
        self._forget(question)
        self._bells.old.ring()  # it is there

    async def _waits(self, question: Question) -> bool:
        """The user may have dropped it meanwhile."""
        return await self._tools.outbox.waits(question.id)

    def _forget(self, question: Question) -> None:
        self._waiting.popleft()
        self._announced.discard(question.id)

    async def _postpone(self, reason: str) -> None:
        """Tell the user, once, that these have to wait."""
        for question in list(self._waiting):
            if question.id not in self._announced:
                self._announced.add(question.id)
                self._publish(Postponed(question.turn, question.id, reason))
                await self._tongue.say(question, KEPT)

    def _is_serious(self, exc: Unavailable) -> bool:
        """A first hiccup of someone who is there is nobody's business."""
        soon = (exc.retry_after or 0.0) <= HICCUP
        return exc.absent or not soon or self._failures > 1

    async def _wait(self, exc: Unavailable) -> None:
        if not self._news:  # nobody has asked meanwhile
            await self._patience.rest(exc)


class Backlog:
    """What is too old to be answered aloud, of this session and of those before."""

    def __init__(
        self,
        tools: Thinking,
        delivery: Delivery,
        live: Live,
    ) -> None:
        self._tools = tools
        self._bells = tools.bells
        self._live = live
        self._delivery = delivery
        self._patience = Patience(tools.bells.old)
        self._troubled = False
        self._closed = False

    def close(self) -> None:
        """Try what there is once more."""
        self._closed = True
        self._bells.old.ring()

    async def run(self) -> None:
        """Until it is closed."""
        while True:
            closed = self._closed
            try:
                while page := await self._due():
                    await self._drain(page)
            except Unavailable as exc:
                self._troubled = True
                if not closed and not self._closed:
                    await self._patience.rest(exc)
                    continue
            if closed:
                return
            if not self._closed:
                await self._bells.old.heard(LOOK_EVERY)

    async def _due(self) -> list[Question]:
        await self._delivery.settle_rest()
        tools, now = self._tools, self._tools.wall()
        alone = tools.adopt_after == math.inf
        age = min(tools.adopt_after, tools.speak_within)
        page = await tools.outbox.pending(
            PAGE,
            outside=(now - age, now + age),
            session=tools.session if alone else None,
        )
        taken = self._live.ids | self._delivery.unsettled
        return [question for question in page if question.id not in taken]

    async def _drain(self, page: list[Question]) -> None:
        """One after the other. Each is settled while the next is asked: if we die before
        it is, it is asked again under the same key."""
        trouble: Unavailable | None = None
        async with trio.open_nursery() as nursery:
            for question in page:
                try:
                    outcome = await self._delivery.deliver(question)
                except Unavailable as exc:
                    trouble = exc
                    break
                self._delivered()
                settle = partial(self._delivery.settle, question.id, outcome)
                nursery.start_soon(settle)
        if trouble is not None:
            raise trouble

    def _delivered(self) -> None:
        self._patience.delivered()
        if self._troubled:
            self._troubled = False
            self._bells.back.ring()  # whoever waits in the live lane need not wait longer
