"""Rates that are not exceeded, in virtual time."""

import pytest
import trio
from trio.testing import MockClock

from agent.errors import Unavailable
from agent.ladder import Ladder, Rung
from agent.limit import Limit
from tests.fakes import Typist, guard


async def test_what_comes_too_fast_waits_in_its_order(
    autojump_clock: MockClock,
) -> None:
    limit, went = Limit(60), list[tuple[int, float]]()
    begin = trio.current_time()

    async def go(number: int) -> None:
        await limit.admitted()
        went.append((number, trio.current_time() - begin))

    async with trio.open_nursery() as nursery:
        for number in range(8):
            nursery.start_soon(go, number)
            await trio.sleep(0.001)
        assert limit.waiting == 3
    assert limit.waiting == 0
    assert [number for number, _ in went] == [*range(8)]
    assert [round(at) for _, at in went] == [0, 0, 0, 0, 0, 1, 2, 3]


async def test_who_gives_up_waiting_makes_room(autojump_clock: MockClock) -> None:
    limit = Limit(60)
    for _ in range(5):
        await limit.admitted()
    with trio.move_on_after(0.1) as scope:
        await limit.admitted()
    assert scope.cancelled_caught
    assert limit.waiting == 0
    begin = trio.current_time()
    await limit.admitted()
    assert trio.current_time() - begin == pytest.approx(0.9)


async def test_a_rung_that_rests_keeps_nobody_waiting_and_costs_nothing(
    autojump_clock: MockClock,
) -> None:
    ear, door, limit = Typist(), guard("ear", threshold=1, cooldown=30), Limit(1)
    ladder = Ladder([Rung(ear, door, limit)])

    async def fail(_: Typist) -> None:
        raise Unavailable("away")

    begin = trio.current_time()
    for _ in range(20):
        with pytest.raises(Unavailable):
            await ladder.first(fail)
    assert trio.current_time() == begin
    assert door.calls == door.failed == 1
    assert door.retry_in == pytest.approx(30)
    await trio.sleep(30)
    assert door.retry_in == 0
