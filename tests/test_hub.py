import time

import pytest
import trio

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
        assert quick.statistics().current_buffer_used == 5
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

    async def watch(entries: trio.MemoryReceiveChannel[Entry]) -> None:
        got.append(await entries.receive())

    async with trio.open_nursery() as nursery:
        with hub.watching(buffer=0) as entries:
            nursery.start_soon(watch, entries)
            await trio.testing.wait_all_tasks_blocked()
            hub.publish(Ready("a"))
            await trio.testing.wait_all_tasks_blocked()
    assert got == [Entry(1, "s", Ready("a"))]


def test_the_clock_is_the_time_of_day_and_never_goes_back() -> None:
    now = steady_clock()
    readings = [now() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[0] == pytest.approx(time.time(), abs=5)
