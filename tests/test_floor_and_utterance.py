import pytest
import trio
from trio.testing import MockClock

from agent.floor import HOLD_AT_MOST, Floor
from agent.utterance import Recording


async def test_with_barge_in_the_user_cuts_us_short(autojump_clock: MockClock) -> None:
    floor = Floor(barge_in=True)
    with floor.speaking(), floor.sounding() as scope:
        assert floor.ours
        floor.yield_to_user(1)
        await trio.sleep(60)
    assert scope.cancelled_caught
    assert not floor.ours
    assert trio.current_time() == 0
    assert floor.stale(0)
    assert not floor.stale(1)


async def test_without_it_everything_is_said(autojump_clock: MockClock) -> None:
    floor = Floor()
    with floor.speaking(), floor.sounding():
        floor.suspect(1)
        await trio.sleep(1)
    assert trio.current_time() == 1
    assert floor.turn == 1
    assert not floor.stale(0)


async def test_for_a_suspicion_we_are_quiet_and_nothing_is_lost(
    autojump_clock: MockClock,
) -> None:
    ducked: list[bool] = []
    floor = Floor(barge_in=True, ducking=ducked.append)
    with floor.speaking():
        with floor.sounding() as scope:
            floor.suspect(1)
            await trio.sleep(60)
        assert scope.cancelled_caught
        floor.ended()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(floor.clear)
            await trio.sleep(0.3)
            floor.acquit(1)
        assert trio.current_time() == 0.3
    assert not floor.stale(0)
    assert ducked == [True, False]


async def test_we_do_not_wait_for_ever_to_know(autojump_clock: MockClock) -> None:
    floor = Floor(barge_in=True)
    floor.suspect(1)
    await floor.clear()
    assert trio.current_time() == pytest.approx(HOLD_AT_MOST)
    with floor.sounding() as scope:
        floor.yield_to_user(1)
        await trio.sleep(60)
    assert scope.cancelled_caught


async def test_while_the_user_speaks_we_do_not(autojump_clock: MockClock) -> None:
    floor = Floor(barge_in=True)
    floor.suspect(1)
    floor.yield_to_user(1)
    with trio.move_on_after(30) as scope:
        await floor.clear()
    assert scope.cancelled_caught
    floor.ended()
    await floor.clear()


async def test_paused_is_quiet_until_told_to_go_on(autojump_clock: MockClock) -> None:
    floor = Floor()
    with floor.sounding() as scope:
        floor.pause(on=True)
        await trio.sleep(60)
    assert scope.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(floor.clear)
        await trio.sleep(5)
        floor.pause(on=False)
    assert trio.current_time() == 5


async def test_an_utterance_is_read_from_its_beginning_while_it_grows() -> None:
    recording = Recording(3)
    early: list[bytes] = []

    async def read() -> None:
        async for chunk in recording.chunks():
            early.append(chunk)  # noqa: PERF401 # it is looked at while it grows

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        recording.append(b"ab")
        await trio.testing.wait_all_tasks_blocked()
        recording.append(b"cd")
        recording.append(b"ef")
        await trio.testing.wait_all_tasks_blocked()
        recording.finish()
    assert early == [b"ab", b"cdef"]
    assert [chunk async for chunk in recording.chunks()] == [b"abcdef"]
    assert recording.pcm == b"abcdef"


async def test_an_answer_ends_when_the_conversation_moves_on() -> None:
    floor = Floor(barge_in=True)
    floor.yield_to_user(1)
    with floor.answering(1) as scope:
        floor.yield_to_user(2)
        await trio.sleep_forever()
    assert scope.cancelled_caught
    with floor.answering(2):
        floor.interrupt()
        await trio.sleep_forever()


async def test_without_barge_in_only_a_command_ends_it() -> None:
    floor = Floor()
    floor.yield_to_user(1)
    with floor.answering(1) as scope:
        floor.yield_to_user(2)
        await trio.lowlevel.checkpoint()
    assert not scope.cancelled_caught
