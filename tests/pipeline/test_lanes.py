"""The two lanes of questions, in virtual time."""

import random
from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

from agent.errors import Refused, Unavailable
from agent.events import Event, Heard, Lost, Postponed, Ready, Replied, Unanswered
from agent.pipeline import Line
from agent.pipeline.deliver import REFUSED
from agent.pipeline.lanes import KEPT, LOOK_EVERY
from agent.ports import Part, Question
from tests.fakes import Drawer, guard
from tests.pipeline.talk import Talk, Troubled


def old(count: int, session: str = "theirs") -> list[Question]:
    return [
        Question(f"old-{n}", n, session, f"old {n}", asked_at=0, replay=True)
        for n in range(count)
    ]


class Flapping:
    """A mind that comes and goes: *up* tells when, and each answer takes a moment."""

    name = "n8n"

    def __init__(self) -> None:
        self.up = True
        self.answered: list[str] = []
        self.asked = 0

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        self.asked += 1
        if not self.up:
            raise Unavailable("connection refused", absent=True)
        await trio.sleep(0.5)
        if not self.up:
            raise Unavailable("reset", unsure=True)
        self.answered.append(question.id)
        yield "Fine."


async def test_a_live_turn_does_not_wait_for_what_is_old(
    autojump_clock: MockClock,
) -> None:
    await trio.sleep(1000)
    drawer = Drawer(room=9999)
    drawer.waiting = old(1000)
    mind = Flapping()
    talk = Talk(mind, drawer, adopt_after=90)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        await trio.sleep(10)
        talk.say("now")
        await trio.sleep(0.6)
        assert talk.said() == [Line(1, "Fine.")]
        assert "id-1" in mind.answered
        talk.turns.close()
    assert [name for name in mind.answered if name != "id-1"] == [
        f"old-{n}" for n in range(1000)
    ]
    assert drawer.waiting == []


async def test_two_answers_are_not_mixed_up(autojump_clock: MockClock) -> None:
    await trio.sleep(1000)
    drawer = Drawer()
    drawer.waiting = [Question("old", 1, "theirs", "old", asked_at=905, replay=True)]
    parts = (
        "This is the first sentence. ",
        1.0,
        "This is the second one. ",
        1.0,
        "End.",
    )
    talk = Talk(Troubled(parts=parts), drawer, adopt_after=90)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        await trio.sleep(0.5)
        talk.say("new")
        talk.turns.close()
    turns = [line.turn for line in talk.said()]
    assert turns == sorted(turns)
    assert set(turns) == {0, 1}


async def test_what_was_absent_is_found_again_at_once(
    autojump_clock: MockClock,
) -> None:
    mind = Flapping()
    mind.up = False
    talk = Talk(mind)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one", "two")
        await trio.sleep(100)  # its breaker rests for a long time by now
        assert talk.said() == [Line(1, KEPT), Line(2, KEPT)]
        mind.up = talk.reachable = True
        await trio.sleep(2.5)
        assert mind.answered == ["id-1", "id-2"]
        talk.turns.close()


async def test_someone_who_opens_the_door_and_is_not_there_is_not_pestered(
    autojump_clock: MockClock,
) -> None:
    mind = Flapping()
    mind.up = False
    talk = Talk(mind)
    talk.reachable = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(3600)
        assert mind.asked < 3600 / 10
        talk.turns.close()


async def test_a_question_that_always_fails_is_given_up_and_lets_others_pass(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(*[Unavailable("HTTP 500", unsure=True)] * 3)
    talk = Talk(mind, attempts=3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("poison", "fine")
        await trio.sleep(100)
        talk.turns.close()
    assert mind.asked == ["poison", "poison", "poison", "fine"]
    assert talk.drawer.settled["id-1"].startswith("refused: given up after 3 attempts")
    assert Line(1, REFUSED) in talk.said()


async def test_one_that_is_away_is_never_given_up_for_that(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(*[Unavailable("refused", absent=True)] * 40)
    talk = Talk(mind, attempts=3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(24 * 3600)
        talk.turns.close()
    assert talk.drawer.settled == {"id-1": "answered"}


async def test_a_question_may_expire(autojump_clock: MockClock) -> None:
    mind = Troubled(*[Unavailable("refused")] * 99)
    talk = Talk(mind, keep_for=60.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(200)
        talk.turns.close()
    assert talk.drawer.settled["id-1"].startswith("expired: it has waited for too long")
    assert [e for e in talk.events if isinstance(e, Unanswered)]


async def test_a_stage_that_is_restarted_goes_on_where_it_was(
    autojump_clock: MockClock,
) -> None:
    drawer = Drawer()
    drawer.waiting = [
        Question(f"id-{n}", n, "ours", f"{n}", asked_at=0) for n in range(3)
    ]
    mind = Troubled()
    talk = Talk(mind, drawer)
    talk.turns.close()
    await talk.run()
    assert mind.asked == ["0", "1", "2"]
    assert [line.turn for line in talk.said()] == [0, 1, 2]


class Full(Drawer):
    """An outbox on a disk that is full for so many *writes*."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._writes = writes

    async def attempted(self, id: str, error: str, *, counts: bool) -> int:
        self._write()
        return await super().attempted(id, error, counts=counts)

    async def settle(self, id: str, outcome: str) -> None:
        await trio.lowlevel.checkpoint()
        self._write()
        await super().settle(id, outcome)

    def _write(self) -> None:
        if self._writes:
            self._writes -= 1
            raise Unavailable("the disk is full")


async def test_what_was_answered_is_not_asked_again_for_want_of_a_disk(
    autojump_clock: MockClock,
) -> None:
    mind, drawer = Troubled(), Full(writes=2)
    talk = Talk(mind, drawer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one", "two", "three")
        await trio.sleep(1)
        assert talk.said() == [Line(turn, "Fine.") for turn in (1, 2, 3)]
        await trio.sleep(LOOK_EVERY)
        assert len(drawer.settled) == 3
        talk.turns.close()
    assert mind.asked == ["one", "two", "three"]
    assert talk.said() == []


async def test_nor_is_what_was_old(autojump_clock: MockClock) -> None:
    await trio.sleep(1000)
    mind, drawer = Troubled(), Full(writes=2)
    drawer.waiting = old(3)
    talk = Talk(mind, drawer, adopt_after=90)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        await trio.sleep(2 * LOOK_EVERY)
        talk.turns.close()
    assert mind.asked == ["old 0", "old 1", "old 2"]
    assert len(drawer.settled) == 3


async def test_a_try_that_the_disk_does_not_take_is_a_try_all_the_same(
    autojump_clock: MockClock,
) -> None:
    mind = Troubled(Unavailable("connection refused", absent=True))
    talk = Talk(mind, Full(writes=1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(40)
        talk.turns.close()
    (postponed,) = [e for e in talk.events if isinstance(e, Postponed)]
    assert postponed.reason == "connection refused"
    assert talk.drawer.settled == {"id-1": "answered"}


async def test_a_clock_that_was_set_back_strands_nobody(
    autojump_clock: MockClock,
) -> None:
    drawer = Drawer()
    drawer.waiting = [
        Question("old", 1, "theirs", "asked in 2056", asked_at=2.7e9, replay=True)
    ]
    mind = Troubled()
    talk = Talk(mind, drawer, adopt_after=90)
    talk.turns.close()
    await talk.run()
    assert mind.asked == ["asked in 2056"]


async def test_a_question_that_is_dropped_is_not_asked(
    autojump_clock: MockClock,
) -> None:
    mind, drawer = Flapping(), Drawer()
    mind.up = False
    talk = Talk(mind, drawer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one", "two")
        await trio.sleep(5)
        drawer.waiting = [q for q in drawer.waiting if q.id != "id-1"]
        mind.up = talk.reachable = True
        await trio.sleep(40)
        talk.turns.close()
    assert mind.answered == ["id-2"]


@pytest.mark.parametrize("seed", range(5))
async def test_what_the_backlog_finds_out_helps_who_speaks(
    autojump_clock: MockClock, seed: int
) -> None:
    random.seed(seed)  # how long each of them waits
    await trio.sleep(1000)
    drawer = Drawer()
    drawer.waiting = old(1)
    mind = Busy()
    talk = Talk(mind, drawer, adopt_after=90)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("now")
        await trio.sleep(60)  # both have been in vain for a while
        mind.free = True
        while "old-0" not in drawer.settled:  # noqa: ASYNC110 # nobody tells
            await trio.sleep(0.1)
        await trio.sleep(1)
        assert drawer.settled.keys() == {"old-0", "id-1"}
        talk.turns.close()


class Busy:
    """A mind behind a door that opens, and that has no time for live questions until it
    had some for an old one."""

    name = "n8n"

    def __init__(self) -> None:
        self.free = False
        self._asked = False

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        await trio.lowlevel.checkpoint()
        if not self.free or not (question.replay or self._asked):
            raise Unavailable("HTTP 404", answered=True)
        self._asked = True
        yield "Fine."


@pytest.mark.parametrize("seed", range(3))
async def test_a_day_of_coming_and_going_leaves_nothing_behind(
    autojump_clock: MockClock, seed: int
) -> None:
    chance = random.Random(seed)
    random.seed(seed)
    mind, drawer = Flapping(), Drawer(room=9999)
    talk = Talk(mind, drawer)
    asked = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        end = trio.current_time() + 24 * 3600
        await trio.testing.wait_all_tasks_blocked()
        tasks = trio.lowlevel.current_statistics().tasks_living
        while trio.current_time() < end:
            await trio.sleep(chance.expovariate(1 / 120))
            mind.up = talk.reachable = chance.random() < 0.5
            if chance.random() < 0.7:
                asked += 1
                await talk.turns.send(Heard(asked, f"{asked}", "typist"))
            talk.said()
        mind.up = talk.reachable = True
        await trio.sleep(60)
        assert drawer.waiting == []
        assert trio.lowlevel.current_statistics().tasks_living == tasks
        talk.turns.close()
    assert asked > 300
    assert set(drawer.settled.values()) == {"answered"}
    assert len(drawer.settled) == asked
    told = [e.turn for e in talk.events if isinstance(e, Replied)]
    assert sorted(told) == list(range(1, asked + 1))


async def test_a_hundred_callers_make_one_probe(autojump_clock: MockClock) -> None:
    events: list[Event] = []
    door = guard("n8n", events.append, threshold=1, cooldown=10)
    with pytest.raises(Unavailable), door.call():
        raise Unavailable("away")
    await trio.sleep(13)
    probes = 0
    refused = 0

    async def call() -> None:
        nonlocal probes, refused
        try:
            with door.call():
                probes += 1
                await trio.sleep(1)
        except Unavailable:
            refused += 1

    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(call)
    assert (probes, refused) == (1, 99)
    assert [type(e) for e in events] == [Lost, Ready]


async def test_a_cancelled_probe_frees_its_place(autojump_clock: MockClock) -> None:
    door = guard("n8n", threshold=1, cooldown=10)
    with pytest.raises(Unavailable), door.call():
        raise Unavailable("away")
    await trio.sleep(13)
    with trio.move_on_after(1), door.call():
        await trio.sleep_forever()
    with door.call():
        pass
    with door.call():  # and it is closed again
        pass


async def test_a_no_does_not_trip_the_breaker(autojump_clock: MockClock) -> None:
    door = guard("n8n", threshold=3)
    for trouble in [Refused("401"), Unavailable("404", answered=True)] * 10:
        with pytest.raises((Refused, Unavailable)), door.call():
            raise trouble
    with door.call():
        pass


async def test_a_first_hiccup_is_nobodys_business(autojump_clock: MockClock) -> None:
    talk = Talk(Troubled(Unavailable("HTTP 500", unsure=True)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(5)
        talk.turns.close()
    assert talk.said() == [Line(1, "Fine.")]
    talk = Talk(Troubled(*[Unavailable("HTTP 500", unsure=True)] * 2))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk.run)
        talk.say("one")
        await trio.sleep(5)
        talk.turns.close()
    assert talk.said() == [Line(1, KEPT), Line(1, "Fine.")]
