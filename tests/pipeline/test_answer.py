from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from agent.commands import Listen, Mute, Notify, Say, Unknown
from agent.errors import Refused, Unavailable
from agent.events import (
    AnswerBegun,
    Asked,
    Commanded,
    CommandIgnored,
    Replied,
    Unanswered,
)
from agent.pipeline import Line
from agent.pipeline.answer import CUT_SHORT
from agent.pipeline.deliver import REFUSED
from agent.ports import Part, Whole
from tests.fakes import Sage
from tests.pipeline.talk import Talk, Troubled, told

WAIT = "One moment."


async def talked(talk: Talk, *texts: str) -> list[Line]:
    talk.say(*texts)
    talk.turns.close()
    await talk.run()
    return talk.said()


async def test_whoever_waits_long_is_told_once(autojump_clock: MockClock) -> None:
    mind = Troubled(parts=(2.5, "At last. ", 30.0, "And that is all there is."))
    talk = Talk(mind, still_working=WAIT, patience=2)
    assert await talked(talk, "one") == [
        Line(1, WAIT),
        Line(1, "At last."),
        Line(1, "And that is all there is."),
    ]


async def test_a_quick_answer_needs_no_excuse(autojump_clock: MockClock) -> None:
    talk = Talk(Troubled(parts=(1.9, "Quick.")), still_working=WAIT, patience=2)
    assert await talked(talk, "one") == [Line(1, "Quick.")]


async def test_nothing_is_said_where_that_is_wanted(autojump_clock: MockClock) -> None:
    talk = Talk(Troubled(parts=(20.0, "Slow.")), still_working="", patience=2)
    assert await talked(talk, "one") == [Line(1, "Slow.")]


async def test_commands_are_carried_out_where_they_come(
    autojump_clock: MockClock,
) -> None:
    parts = ("Look at your screen. ", Notify("Here"), Say("Do you see it?"), Listen())
    talk = Talk(Troubled(parts=parts))
    assert await talked(talk, "one") == [
        Line(1, "Do you see it?"),
        Line(1, "Look at your screen."),
    ]
    assert talk.obeyed == [Notify("Here"), Listen()]
    assert [e for e in talk.events if isinstance(e, Commanded)] == [
        Commanded(1, Notify("Here")),
        Commanded(1, Say("Do you see it?")),
        Commanded(1, Listen()),
    ]
    assert talk.events[-1] == Replied(1, "Look at your screen.", "n8n")


async def test_what_cannot_be_done_is_told_and_ignored(
    autojump_clock: MockClock,
) -> None:
    parts = (Unknown("dance", "no such command"), Mute(), "Fine.")
    talk = Talk(Troubled(parts=parts))
    assert await talked(talk, "one") == [Line(1, "Fine.")]
    assert [e for e in talk.events if isinstance(e, CommandIgnored)] == [
        CommandIgnored(1, "dance", "no such command"),
        CommandIgnored(1, "mute", "not here"),
    ]


async def test_a_late_answer_changes_nothing_any_more(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(parts=(130.0, Listen(), Notify("Your answer"), "Late."))
    talk = Talk(mind)
    assert await talked(talk, "one") == []
    assert talk.obeyed == [Notify("Your answer"), Notify("Late.", "Late answer: one")]


async def test_a_refusal_in_the_middle_ends_with_an_apology(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(Refused("no model"), parts=("It is half past", " nine."))
    mind.before = 1
    talk = Talk(mind)
    assert await talked(talk, "one") == [
        Line(1, "It is half past"),
        Line(1, CUT_SHORT),
    ]
    assert talk.drawer.settled == {"id-1": "answered"}


async def test_who_interrupts_hears_no_more_of_it(autojump_clock: MockClock) -> None:
    mind = Troubled(parts=("The first sentence is this one. ", 60.0, "The second."))
    talk = Talk(mind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(5)
        before = trio.current_time()
        talk.floor.yield_to_user(2)
        talk.turns.close()
    assert trio.current_time() == before
    assert talk.events[-1] == Replied(
        1, "The first sentence is this one.", "n8n", interrupted=True
    )
    assert talk.drawer.settled == {"id-1": "answered"}


async def test_an_answer_that_nobody_hears_yet_is_waited_for(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(parts=(10.0, "The answer to one."))
    talk = Talk(mind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(5)
        talk.floor.yield_to_user(2)
        talk.turns.close()
    assert talk.events[-1] == Replied(1, "The answer to one.", "n8n")


async def test_where_one_way_is_away_another_is_taken(
    autojump_clock: MockClock,
) -> None:
    socket = Troubled(*[Unavailable("not connected")] * 2, name="websocket")
    talk = Talk(Troubled(), None, socket)
    assert await talked(talk, "one") == [Line(1, "Fine.")]
    asked = [e.mind for e in talk.events if isinstance(e, Asked)]
    assert asked == ["websocket", "n8n"]
    assert [e for e in talk.events if isinstance(e, AnswerBegun)] == [AnswerBegun(1)]


async def test_a_no_is_not_asked_for_twice(autojump_clock: MockClock) -> None:
    socket = Troubled(Refused("it failed"), name="websocket")
    other = Troubled()
    talk = Talk(other, None, socket)
    assert await talked(talk, "one") == [Line(1, REFUSED)]
    assert other.asked == []


async def test_what_may_have_been_done_is_asked_again_only_where_that_is_safe(
    autojump_clock: MockClock,
) -> None:
    def unsure() -> Troubled:
        return Troubled(Unavailable("reset", unsure=True))

    safe = unsure()
    talk = Talk(safe)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(60)
        talk.turns.close()
    assert safe.asked == ["one", "one"]
    careful = unsure()
    talk = Talk(careful, idempotent=False)
    assert await talked(talk, "one") == [Line(1, REFUSED)]
    assert careful.asked == ["one"]
    (unanswered,) = [e for e in talk.events if isinstance(e, Unanswered)]
    assert "workflow.idempotent" in unanswered.reason


async def test_what_was_said_before_is_bounded(autojump_clock: MockClock) -> None:
    sage = Sage(told("{}"))
    talk = Talk(sage, context_turns=9, context_chars=100)
    await talked(talk, "a" * 30, "b" * 30, "c" * 10, "d")
    assert [e.user[0] for e in sage.asked[-1].context] == ["b", "c"]


@pytest.mark.parametrize("part", [Whole, Say])
async def test_an_answer_as_long_as_a_book_leaves_the_others_their_turns(
    part: Callable[[str], Part], autojump_clock: MockClock
) -> None:
    """White space is the worst: nothing of it is said, so nobody is waited for."""
    talk = Talk(Troubled(parts=("Here it is. ", part("\n" * (1 << 18)), "The end.")))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await trio.lowlevel.checkpoint()
            turns += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(others)
        said = await talked(talk, "one")
        nursery.cancel_scope.cancel()
    assert [line.text for line in said] == ["Here it is. The end."]
    assert turns > 200
