import time
from contextlib import suppress
from functools import partial

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from agent.events import Entry, Level, Ready
from agent.hub import Hub, steady_clock


def ticking() -> "Ticks":
    return Ticks()


class Ticks:
    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        self._now += 1
        return self._now


async def test_every_watcher_gets_every_event_with_its_time() -> None:
    hub = Hub("s", ticking())
    with hub.watching() as one, hub.watching() as other:
        hub.publish(Ready("a"))
        hub.publish(Ready("b"))
        expected = [Entry(1, "s", Ready("a")), Entry(2, "s", Ready("b"))]
        for watcher in (one, other):
            assert [watcher.receive_nowait(), watcher.receive_nowait()] == expected


async def test_how_loud_it_is_is_told_only_to_those_who_watch_closely() -> None:
    hub = Hub("s", ticking())
    level = Level(-40, -30, -60)
    with hub.watching() as one, hub.watching(closely=True) as other:
        hub.publish(level)
        hub.publish(Ready("a"))
    assert [entry.event async for entry in one] == [Ready("a")]
    assert [entry.event async for entry in other] == [level, Ready("a")]


async def test_a_watcher_that_falls_behind_misses_events_and_nobody_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hub = Hub("s", ticking())
    with hub.watching(buffer=1) as slow, hub.watching() as quick:
        for n in range(5):
            hub.publish(Ready(str(n)))
        assert len(quick.batch_nowait()) == 5
        assert slow.receive_nowait().event == Ready("0")
        hub.publish(Ready("later"))
        assert slow.receive_nowait().event == Ready("later")
    assert [r.getMessage() for r in caplog.records] == [
        "a watcher is too slow and misses events",
        "a watcher missed 4 events",
    ]


async def test_a_watcher_that_leaves_gets_the_end_of_its_channel() -> None:
    hub = Hub("s", ticking())
    with hub.watching() as watcher:
        hub.publish(Ready("a"))
    assert [entry.event async for entry in watcher] == [Ready("a")]
    hub.publish(Ready("nobody is there"))


async def test_a_watcher_that_closed_its_end_disturbs_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    hub = Hub("s", ticking())
    with hub.watching() as gone, hub.watching() as there:
        gone.close()
        hub.publish(Ready("a"))
        assert there.receive_nowait().event == Ready("a")


async def test_publishing_to_a_task_that_waits_wakes_it() -> None:
    hub = Hub("s", ticking())
    got: list[Entry] = []

    async def watch(entries: trio.abc.ReceiveChannel[Entry]) -> None:
        got.append(await entries.receive())

    async with trio.open_nursery() as nursery:
        with hub.watching(buffer=1) as entries:
            nursery.start_soon(watch, entries)
            await trio.testing.wait_all_tasks_blocked()
            hub.publish(Ready("a"))
            await trio.testing.wait_all_tasks_blocked()
    assert got == [Entry(1, "s", Ready("a"))]


async def test_what_was_published_before_one_came_is_not_told() -> None:
    hub = Hub("s", ticking())
    with hub.watching() as early:
        hub.publish(Ready("a"))
        with hub.watching() as late:
            hub.publish(Ready("b"))
    assert [entry.event async for entry in early] == [Ready("a"), Ready("b")]
    assert [entry.event async for entry in late] == [Ready("b")]


async def test_how_loud_it_is_wakes_only_those_who_watch_closely() -> None:
    hub = Hub("s", ticking())
    woken: list[str] = []

    async def watch(name: str, *, closely: bool) -> None:
        with hub.watching(closely=closely) as entries:
            while True:
                entry = await entries.receive()
                woken.append(f"{name}: {type(entry.event).__name__}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(watch, "far", closely=False))
        nursery.start_soon(partial(watch, "near", closely=True))
        await trio.testing.wait_all_tasks_blocked()
        hub.publish(Level(-40, -30, -60))
        await trio.testing.wait_all_tasks_blocked()
        assert woken == ["near: Level"]
        hub.publish(Ready("a"))
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(woken) == ["far: Ready", "near: Level", "near: Ready"]
        nursery.cancel_scope.cancel()


async def test_who_reads_much_lets_others_have_their_turn() -> None:
    hub = Hub("s", ticking())
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        with hub.watching(buffer=10_000) as entries:
            for _ in range(1000):
                hub.publish(Ready("a"))
        assert len([entry async for entry in entries]) == 1000
        nursery.cancel_scope.cancel()
    assert turns >= 5


@given(
    st.lists(st.sampled_from(["publish", "level", "read", "batch"]), max_size=300),
    st.integers(1, 150),
)
def test_everything_arrives_in_order_or_is_counted_as_missed(
    steps: list[str], room: int
) -> None:
    """Of two watchers one has little room."""
    hub = Hub("s", ticking())
    sent, far, near = 0, [], []
    with hub.watching(room) as narrow, hub.watching(10_000, closely=True) as wide:
        for step in steps:
            match step:
                case "publish":
                    sent += 1
                    hub.publish(Ready("a"))
                case "level":
                    sent += 1
                    hub.publish(Level(0, 0, 0))
                case "read":
                    with suppress(trio.WouldBlock):
                        far.append(narrow.receive_nowait())
                case _:
                    near += wide.batch_nowait()
    with suppress(trio.EndOfChannel):
        near += wide.batch_nowait()
    with suppress(trio.EndOfChannel):
        far += narrow.batch_nowait()
    assert [entry.at for entry in near] == list(range(1, sent + 1))
    told = [entry.at for entry in far]
    assert told == sorted(set(told))
    plain = [entry for entry in near if not isinstance(entry.event, Level)]
    assert {entry.at for entry in far} <= {entry.at for entry in plain}
    assert len(far) >= min(room, len(plain))


def test_the_clock_is_the_time_of_day_and_never_goes_back() -> None:
    now = steady_clock()
    readings = [now() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[0] == pytest.approx(time.time(), abs=5)
