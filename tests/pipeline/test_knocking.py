"""Who knocks at the doors of those that are away, how often, and what it brings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from agent.errors import AgentError, Refused, Unavailable
from agent.events import Event
from agent.guard import Guard
from agent.ladder import Ladder, Rung
from agent.pipeline.knocking import Knocking, knock_while_absent
from tests.fakes import Letters, guard

GONE = Unavailable("no route to host", absent=True)
EVERY, RARELY = 5.0, 40.0


class House:
    """Doors that are knocked at: *open* ones, and when each was."""

    def __init__(self, *guards: Guard) -> None:
        self.guards = guards
        self.open: set[str] = set()
        self.knocks: list[tuple[str, float]] = []
        self.told: list[float] = []

    async def opens(self, name: str) -> bool:
        self.knocks.append((name, trio.current_time()))
        await trio.lowlevel.checkpoint()
        return name in self.open

    @asynccontextmanager
    async def knocked_at(self, chance: float = 0.0) -> AsyncIterator[None]:
        """As long as a guard rests."""

        def waits(each: Guard) -> bool:
            return each.absent and each.retry_in > 0

        def back() -> None:
            self.told.append(trio.current_time())

        ladder = Ladder([Rung(Letters(each.name), each) for each in self.guards])
        how = Knocking(self.opens, EVERY, RARELY, waits, back, lambda: chance)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(knock_while_absent, ladder, how)
            await trio.testing.wait_all_tasks_blocked()
            yield
            nursery.cancel_scope.cancel()

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.knocks]


def fails(gate: Guard, exc: AgentError, times: int = 3) -> None:
    for _ in range(times):
        with pytest.raises(type(exc)), gate.call():
            raise exc


async def test_nobody_knocks_at_what_is_there_or_has_failed_but_once(
    autojump_clock: MockClock,
) -> None:
    voice = guard("elevenlabs")
    house = House(voice)
    async with house.knocked_at():
        with voice.call():
            pass
        fails(voice, GONE, 2)
        await trio.sleep(1000)
        assert voice.standing == "closed"
    assert house.knocks == []


@pytest.mark.parametrize(
    "no",
    [
        Refused("the key is wrong (401)"),
        Unavailable("too many requests (429)", retry_after=30),
        Unavailable("too many at once (429)", answered=True),
        Unavailable("bad gateway (502)"),
    ],
    ids=str,
)
async def test_nobody_knocks_at_one_that_is_there_and_says_no(
    no: AgentError, autojump_clock: MockClock
) -> None:
    voice = guard("elevenlabs")
    house = House(voice)
    house.open = {"elevenlabs"}
    async with house.knocked_at():
        fails(voice, no)
        await trio.sleep(1000)
    assert house.knocks == []


async def test_a_return_is_noticed_long_before_the_rest_is_over(
    autojump_clock: MockClock,
) -> None:
    events: list[Event] = []
    voice = guard("elevenlabs", events.append, cooldown=100)
    house = House(voice)
    async with house.knocked_at():
        fails(voice, GONE)
        await trio.sleep(42)
        assert (voice.standing, house.told) == ("open", [])
        house.open = {"elevenlabs"}
        told = len(events)
        await trio.sleep(EVERY)
        assert voice.standing == "closed"
        assert house.told == [45]
        assert len(events) == told  # it is news once it has answered
        with voice.call():
            pass
        await trio.sleep(1000)
    assert house.times == [5, 10, 15, 20, 25, 30, 35, 40, 45]


async def test_nobody_knocks_once_the_next_call_finds_out_by_itself(
    autojump_clock: MockClock,
) -> None:
    voice = guard("elevenlabs", cooldown=22)
    house = House(voice)
    async with house.knocked_at():
        fails(voice, GONE)
        await trio.sleep(1000)
    assert house.times == [5, 10, 15, 20]


async def test_not_everyone_knocks_at_the_same_moment_and_nobody_more_often(
    autojump_clock: MockClock,
) -> None:
    late = guard("elevenlabs", cooldown=22)
    house = House(late)
    async with house.knocked_at(chance=0.5):
        fails(late, GONE)
        await trio.sleep(1000)
    assert house.times == [5.5, 11, 16.5]


async def test_doors_that_open_in_vain_are_knocked_at_less_and_less_often_until_it_answers(
    autojump_clock: MockClock,
) -> None:
    voice = guard("elevenlabs", cooldown=60)
    house = House(voice)
    house.open = {"elevenlabs"}
    async with house.knocked_at():
        for _ in range(5):
            fails(voice, GONE)
            await trio.sleep(50)
        assert house.times == [5, 60, 120, 190, 240]
        with voice.call():
            pass
        fails(voice, GONE)
        await trio.sleep(50)
    assert house.times[5:] == [255]


async def test_each_is_knocked_at_and_hurried_by_itself(
    autojump_clock: MockClock,
) -> None:
    near, far = guard("near", cooldown=100), guard("far", cooldown=100)
    house = House(near, far)
    house.open = {"far"}
    async with house.knocked_at():
        fails(near, GONE)
        fails(far, GONE)
        await trio.sleep(12)
        assert (near.standing, far.standing) == ("open", "closed")
    assert sorted(house.knocks) == [("far", 5), ("near", 5), ("near", 10)]
