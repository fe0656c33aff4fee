"""What becomes of a question once it is durable: answered, refused, given up, or kept."""

import logging
import random
from collections.abc import Set as AbstractSet

import trio

from agent.bell import Bell
from agent.core.restarts import Restarts
from agent.errors import Refused, Unavailable
from agent.events import Unanswered
from agent.pipeline import Publish
from agent.pipeline.answer import Answering, Thinking
from agent.ports import Question

logger = logging.getLogger(__name__)

REFUSED = "My workflow would not answer that. The log says why."


class Delivery:
    """Puts questions to the minds and settles them."""

    def __init__(self, tools: Thinking, tongue: Answering, publish: Publish) -> None:
        self._tools = tools
        self._tongue = tongue
        self._publish = publish
        self._unsettled: dict[str, str] = {}

    @property
    def unsettled(self) -> AbstractSet[str]:
        """Those that are done with, though the disk does not know it yet: they must not be
        asked again."""
        return self._unsettled.keys()

    async def deliver(self, question: Question) -> str:
        """Returns what it is to be settled as; raises `Unavailable` when it has to wait."""
        try:
            await self._tongue.answer(question)
        except Refused as exc:
            return await self._give_up(question, "refused", str(exc))
        except Unavailable as exc:
            failed = await self._failures(question, exc)
            if failed >= self._tools.attempts:
                reason = f"given up after {failed} attempts: {exc}"
                return await self._give_up(question, "refused", reason)
            if self._tongue.age(question) > self._tools.keep_for:
                reason = f"it has waited for too long (workflow.keep_for): {exc}"
                return await self._give_up(question, "expired", reason)
            raise
        return "answered"

    async def settle(self, id: str, outcome: str) -> None:
        """It is done with. Where the disk does not take that now, `settle_rest` tries
        again."""
        self._unsettled[id] = outcome
        try:
            await self._tools.outbox.settle(id, outcome)
        except Unavailable as exc:
            logger.warning("the outcome of question %s is not recorded: %s", id, exc)
        else:
            self._unsettled.pop(id, None)

    async def settle_rest(self) -> None:
        """What could not be settled when it was time."""
        for name, outcome in [*self._unsettled.items()]:
            await self.settle(name, outcome)

    async def _failures(self, question: Question, exc: Unavailable) -> int:
        """How many tries have failed that count; none, where the disk cannot tell."""
        try:
            return await self._tools.outbox.attempted(
                question.id, str(exc), counts=exc.unsure
            )
        except Unavailable as full:
            logger.warning(
                "a try of question %s is not recorded: %s", question.id, full
            )
            return 0

    async def _give_up(self, question: Question, how: str, reason: str) -> str:
        turn = self._tongue.turn(question)
        self._publish(Unanswered(turn, question.id, reason))
        await self._tongue.say(question, REFUSED)
        return f"{how}: {reason}"


class Patience:
    """How long to wait before what could not be delivered is tried again."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._restarts = Restarts()

    async def rest(self, exc: Unavailable) -> None:
        """After *exc*: longer each time, until someone rings."""
        pause = self._restarts.unavailable(trio.current_time(), random.random())
        await self._bell.heard(max(exc.retry_after or 0.0, pause))

    def delivered(self) -> None:
        """The next pause is a short one."""
        self._restarts = Restarts()
