import trio
from trio.testing import MockClock

from agent.floor import Floor
from agent.utterance import Recording


async def test_with_barge_in_the_user_cuts_us_short(autojump_clock: MockClock) -> None:
    floor = Floor(barge_in=True)
    async with trio.open_nursery() as nursery:

        async def talk() -> None:
            with floor.speaking():
                await trio.sleep(60)

        nursery.start_soon(talk)
        await trio.sleep(1)
        assert floor.ours
        floor.yield_to_user(1)
    assert not floor.ours
    assert trio.current_time() == 1
    assert floor.stale(0)
    assert not floor.stale(1)


async def test_without_it_everything_is_said(autojump_clock: MockClock) -> None:
    floor = Floor()
    with floor.speaking():
        floor.yield_to_user(1)
        await trio.sleep(1)
    assert trio.current_time() == 1
    assert not floor.stale(0)


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
