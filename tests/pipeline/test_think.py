import pytest
import trio
from trio.testing import MockClock

from agent.errors import Refused, Unavailable
from agent.events import (
    AnswerBegun,
    Asked,
    Postponed,
    Replied,
    Unanswered,
)
from agent.pipeline import Line
from agent.pipeline.answer import CUT_SHORT
from agent.pipeline.deliver import REFUSED
from agent.pipeline.lanes import KEPT
from agent.pipeline.think import FULL
from agent.ports import Exchange, Question
from tests.fakes import Drawer, Failing, Sage
from tests.pipeline.talk import Talk, Troubled, told


async def test_every_turn_is_answered_in_order(autojump_clock: MockClock) -> None:
    talk = Talk(Sage(told("You said {}.")))
    talk.say("one", "two")
    talk.turns.close()
    await talk.run()
    assert talk.said() == [Line(1, "You said one."), Line(2, "You said two.")]
    assert [e for e in talk.events if isinstance(e, Asked | AnswerBegun | Replied)] == [
        Asked(1, "id-1", "sage"), AnswerBegun(1), Replied(1, "You said one.", "sage"),
        Asked(2, "id-2", "sage"), AnswerBegun(2), Replied(2, "You said two.", "sage"),
    ]  # fmt: skip
    assert talk.drawer.settled == {"id-1": "answered", "id-2": "answered"}


async def test_a_question_is_durable_before_it_is_asked(
    autojump_clock: MockClock,
) -> None:
    drawer = Drawer()
    found: list[int] = []

    async def wisdom(question: Question) -> list[str]:
        found.append(len(drawer.waiting))
        return ["ok."]

    talk = Talk(Sage(wisdom), drawer)
    talk.say("one")
    talk.turns.close()
    await talk.run()
    assert found == [1]
    assert drawer.waiting == []


async def test_what_was_said_before_goes_along(autojump_clock: MockClock) -> None:
    sage = Sage(told("{}!"))
    talk = Talk(sage, context_turns=2)
    talk.say("a", "b", "c", "d")
    talk.turns.close()
    await talk.run()
    assert sage.asked[-1].context == (Exchange("b", "b!"), Exchange("c", "c!"))


async def test_sentences_are_passed_on_as_they_come(autojump_clock: MockClock) -> None:
    async def wisdom(question: Question) -> list[str]:
        return ["The first sentence is here. The sec", "ond one ends later. And a tail"]

    talk = Talk(Sage(wisdom))
    talk.say("go")
    talk.turns.close()
    await talk.run()
    texts = [line.text for line in talk.said()]
    assert texts[0] == "The first sentence is here."
    assert " ".join(texts) == (
        "The first sentence is here. The second one ends later. And a tail"
    )


async def test_while_the_mind_is_away_turns_are_kept_and_that_is_said_once_each(
    autojump_clock: MockClock,
) -> None:
    mind = Failing("n8n", Unavailable("connection refused"))
    talk = Talk(mind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one", "two")
        await trio.sleep(100)
        assert talk.said() == [Line(1, KEPT), Line(2, KEPT)]
        assert [q.text for q in talk.drawer.waiting] == ["one", "two"]
        assert mind.calls > 3
        assert [e for e in talk.events if isinstance(e, Postponed)] == [
            Postponed(1, "id-1", "connection refused"),
            Postponed(2, "id-2", "connection refused"),
        ]
        talk.turns.close()
    assert len(talk.drawer.waiting) == 2


async def test_when_it_returns_the_kept_turns_are_answered_in_order(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(*[Unavailable("connection refused")] * 3)
    talk = Talk(mind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one", "two")
        await trio.sleep(90)
        talk.turns.close()
    assert mind.asked == ["one", "one", "one", "one", "two"]
    assert talk.said()[-2:] == [Line(1, "Fine."), Line(2, "Fine.")]
    assert talk.drawer.waiting == []


async def test_an_answer_that_comes_too_late_is_written_down_and_not_said(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(Unavailable("starting up", retry_after=121))
    talk = Talk(mind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(125)
        talk.turns.close()
    assert talk.said() == [Line(1, KEPT)]
    assert talk.events[-1] == Replied(1, "Fine.", "n8n", late=True)


async def test_a_refused_turn_is_settled_and_explained(
    autojump_clock: MockClock,
) -> None:
    talk = Talk(Troubled(Refused("wrong token")))
    talk.say("one", "two")
    talk.turns.close()
    await talk.run()
    assert talk.said() == [Line(1, REFUSED), Line(2, "Fine.")]
    assert talk.drawer.settled == {"id-1": "refused: wrong token", "id-2": "answered"}
    assert Unanswered(1, "id-1", "wrong token") in talk.events


async def test_an_answer_that_breaks_off_is_not_asked_for_again(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(
        Unavailable("reset"), parts=("This much was received in time. ", "Never.")
    )
    mind.before = 1
    talk = Talk(mind)
    talk.say("one")
    talk.turns.close()
    await talk.run()
    assert talk.said() == [
        Line(1, "This much was received in time."), Line(1, CUT_SHORT),
    ]  # fmt: skip
    assert mind.asked == ["one"]
    assert talk.drawer.settled == {"id-1": "answered"}


async def test_a_full_queue_is_a_clear_refusal(autojump_clock: MockClock) -> None:
    talk = Talk(Failing("n8n", Unavailable("away")), Drawer(room=1))
    talk.say("one", "two")
    talk.turns.close()
    await talk.run()
    assert set(talk.said()) == {Line(1, KEPT), Line(2, FULL)}
    assert Unanswered(2, "id-2", "the queue is full") in talk.events


@pytest.mark.parametrize(("age", "delivered"), [(91.0, True), (89.0, False)])
async def test_what_another_session_left_behind_is_delivered_once_it_is_old(
    autojump_clock: MockClock, age: float, delivered: bool
) -> None:
    await trio.sleep(1000)
    drawer = Drawer()
    drawer.waiting = [
        Question("old", 7, "theirs", "forgotten", asked_at=1000 - age, replay=True)
    ]
    mind = Troubled()
    talk = Talk(mind, drawer, adopt_after=90)
    talk.turns.close()
    await talk.run()
    assert mind.asked == (["forgotten"] if delivered else [])
    if delivered:
        assert talk.said() == [Line(0, "Fine.")]
        assert talk.events[-1] == Replied(0, "Fine.", "n8n")
