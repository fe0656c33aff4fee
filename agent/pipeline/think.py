"""From words to lines, through an outbox that loses nothing."""

import trio

from agent.errors import Refused, Unavailable
from agent.events import Heard, Unanswered
from agent.guard import Guard
from agent.pipeline import Line, Publish
from agent.pipeline.answer import Answering, Thinking
from agent.pipeline.deliver import Delivery
from agent.pipeline.knocking import Knocking, knock_while_absent
from agent.pipeline.lanes import Backlog, Live
from agent.ports import Question

FORGETFUL = (
    "I could not write your question down, so I did not ask it. Is the disk full?"
)
KNOCK_EVERY, RARELY = 1.0, 30.0
"""Seconds between two looks whether a mind that is absent can be reached again."""

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
    tongue = Answering(tools, lines, publish)
    delivery = Delivery(tools, tongue, publish)
    live = Live(tools, tongue, delivery, publish)
    backlog = Backlog(tools, delivery, live)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(knock_while_absent, tools.minds, _knocking(tools))
        async with trio.open_nursery() as lanes:
            lanes.start_soon(live.run)
            lanes.start_soon(backlog.run)
            task_status.started(tools.minds.name)
            async for turn in heard:
                await _take_in(turn, tools, live, lines, publish)
            live.close()
            backlog.close()
        nursery.cancel_scope.cancel()


def _knocking(tools: Thinking) -> Knocking:
    """A question that waits has one reason to be asked again: that they are back."""

    def waits(mind: Guard) -> bool:
        return mind.absent

    return Knocking(tools.knock, KNOCK_EVERY, RARELY, waits, tools.bells.ring)


async def _take_in(
    turn: Heard,
    tools: Thinking,
    live: Live,
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
    else:
        live.add(question)
