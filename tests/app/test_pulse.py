"""Who watches over Tonny hears from it as long as it hears and writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio
from trio.testing import MockClock

from agent.app.pulse import Pulse
from agent.desktop.superior import Superior
from agent.errors import Unavailable
from agent.events import Lost, Ready
from agent.hub import Hub

EVERY = 30.0


class Listener(Superior, frozen=True, kw_only=True):
    """A service manager that remembers."""

    told: list[str]

    def tell(self, **facts: object) -> None:
        self.told.extend(f"{name}={value}" for name, value in facts.items())

    @property
    def beats(self) -> int:
        return self.told.count("WATCHDOG=1")


class Ear:
    """Hears as long as it is awake."""

    def __init__(self) -> None:
        self.awake = True
        self._asked = 0

    @property
    def frames(self) -> int:
        self._asked += self.awake
        return self._asked


class Disk:
    def __init__(self) -> None:
        self.full = False
        self.hangs = False

    async def touch(self) -> None:
        if self.hangs:
            await trio.sleep_forever()
        if self.full:
            raise Unavailable("the disk is full")
        await trio.lowlevel.checkpoint()


class Watched:
    def __init__(self) -> None:
        self.superior = Listener(address="@", every=EVERY, told=[])
        self.hub = Hub("s", trio.current_time)
        self.ear = Ear()
        self.disk = Disk()

    async def beats_in(self, seconds: float) -> int:
        before = self.superior.beats
        await trio.sleep(seconds)
        return self.superior.beats - before


@asynccontextmanager
async def watched(**how: Any) -> AsyncIterator[Watched]:
    one = Watched()
    pulse = Pulse(one.superior, one.disk, one.ear, **{"live": True, **how})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pulse.run, one.hub)
        await trio.testing.wait_all_tasks_blocked()
        yield one
        nursery.cancel_scope.cancel()


async def test_it_is_ready_once_the_microphone_is(autojump_clock: MockClock) -> None:
    async with watched() as one:
        one.hub.publish(Ready("n8n"))
        await trio.testing.wait_all_tasks_blocked()
        assert "READY=1" not in one.superior.told
        one.hub.publish(Ready("microphone", "Jabra"))
        one.hub.publish(Ready("microphone", "Jabra"))
        await trio.testing.wait_all_tasks_blocked()
    assert one.superior.told.count("READY=1") == 1
    assert one.superior.told[-2:] == ["STATUS=listening to Jabra", "STOPPING=1"]


async def test_it_is_ready_without_a_microphone_too(autojump_clock: MockClock) -> None:
    async with watched() as one:
        one.hub.publish(Lost("microphone", "unplugged", retry_in=1.0))
        await trio.testing.wait_all_tasks_blocked()
        assert {"READY=1", "STATUS=degraded: microphone: unplugged"} <= {
            *one.superior.told
        }


async def test_it_beats_so_often_that_one_may_fail(autojump_clock: MockClock) -> None:
    async with watched() as one:
        one.hub.publish(Ready("microphone"))
        assert await one.beats_in(10 * EVERY) in {39, 40}


async def test_an_ear_that_hears_nothing_more_is_told_by_silence(
    autojump_clock: MockClock,
) -> None:
    async with watched() as one:
        one.hub.publish(Ready("microphone"))
        await one.beats_in(2 * EVERY)
        one.ear.awake = False
        assert await one.beats_in(10 * EVERY) <= 1
        one.ear.awake = True
        assert await one.beats_in(10 * EVERY) >= 19


async def test_a_microphone_that_is_known_to_be_away_is_no_reason(
    autojump_clock: MockClock,
) -> None:
    async with watched() as one:
        one.ear.awake = False
        one.hub.publish(Lost("microphone", "unplugged", retry_in=1.0))
        assert await one.beats_in(10 * EVERY) >= 19


async def test_nor_is_a_file_that_waits(autojump_clock: MockClock) -> None:
    async with watched(live=False) as one:
        one.ear.awake = False
        one.hub.publish(Ready("microphone", "question.wav"))
        assert await one.beats_in(10 * EVERY) >= 19


async def test_nor_is_a_microphone_that_is_closed(autojump_clock: MockClock) -> None:
    async with watched(muted=lambda: True) as one:
        one.ear.awake = False
        one.hub.publish(Ready("microphone", "Jabra"))
        assert await one.beats_in(10 * EVERY) >= 19


async def test_a_record_that_hangs_is_told_by_silence(
    autojump_clock: MockClock,
) -> None:
    async with watched() as one:
        one.disk.hangs = True
        assert await one.beats_in(10 * EVERY) <= 1


async def test_a_full_disk_is_no_reason_to_begin_anew(
    autojump_clock: MockClock,
) -> None:
    async with watched() as one:
        one.disk.full = True
        assert await one.beats_in(10 * EVERY) >= 19


async def test_who_does_not_watch_hears_no_beats(autojump_clock: MockClock) -> None:
    superior = Listener(address="@", told=[])
    hub = Hub("s", trio.current_time)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Pulse(superior, Disk(), Ear(), live=True).run, hub)
        await trio.sleep(100)
        nursery.cancel_scope.cancel()
    assert superior.told == ["STOPPING=1"]
