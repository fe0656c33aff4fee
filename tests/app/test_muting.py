"""A microphone that is closed while it is muted."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from agent.app.muting import Muting
from agent.errors import Unavailable
from agent.hearing.surroundings import Orders
from agent.ports import RATE

BLOCK = RATE // 50


class Device:
    """A microphone that counts how often it is opened; `lose` takes it away."""

    name = "device"

    def __init__(self, *, live: bool = True) -> None:
        self.live = live
        self.open_now = 0
        self.opened = 0
        self.lost = trio.Event()
        self.absent = False

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Device"]:
        if self.absent:
            raise Unavailable("there is none")
        self.open_now += 1
        self.opened += 1
        self.lost = trio.Event()
        try:
            yield self
        finally:
            self.open_now -= 1

    async def ended(self) -> None:
        await self.lost.wait()
        raise Unavailable("unplugged")


async def hear(
    muting: Muting, heard: list[bytes], idle: Callable[[], bool] = lambda: True
) -> None:
    async with muting.open(BLOCK, heard.append, idle) as listening:
        await listening.ended()


async def test_it_is_closed_while_it_is_muted(autojump_clock: MockClock) -> None:
    device, heard = Device(), list[bytes]()
    muting = Muting(device, Orders())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear, muting, heard)
        await wait_all_tasks_blocked()
        for times in (1, 2):
            assert (device.open_now, device.opened) == (1, times)
            muting.mute(on=True)
            await muting.closed()
            assert device.open_now == 0
            muting.mute(on=False)
            await wait_all_tasks_blocked()
        assert device.open_now == 1
        assert trio.current_time() == 0
        nursery.cancel_scope.cancel()
    assert device.open_now == 0
    assert heard == []


async def test_half_an_utterance_ends_where_it_was_muted() -> None:
    device, heard = Device(), list[bytes]()
    muting = Muting(device, Orders())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear, muting, heard, lambda: len(heard) >= 30)
        await wait_all_tasks_blocked()
        muting.mute(on=True)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert heard == [bytes(2 * BLOCK)] * 30


async def test_it_stays_muted_when_it_is_opened_again() -> None:
    device = Device()
    muting = Muting(device, Orders())
    muting.mute(on=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear, muting, [])
        await wait_all_tasks_blocked()
        assert device.opened == 0
        muting.mute(on=False)
        await wait_all_tasks_blocked()
        assert device.open_now == 1
        nursery.cancel_scope.cancel()


async def test_a_device_that_is_lost_is_told_of() -> None:
    device = Device()
    muting = Muting(device, Orders())
    with pytest.RaisesGroup(Unavailable):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hear, muting, [])
            await wait_all_tasks_blocked()
            device.lost.set()


async def test_one_that_is_gone_when_it_is_unmuted_is_told_of() -> None:
    device = Device()
    muting = Muting(device, Orders())
    muting.mute(on=True)
    with pytest.RaisesGroup(Unavailable):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hear, muting, [])
            await wait_all_tasks_blocked()
            device.absent = True
            muting.mute(on=False)


async def test_a_file_plays_on() -> None:
    device = Device(live=False)
    muting = Muting(device, Orders())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear, muting, [])
        await wait_all_tasks_blocked()
        muting.mute(on=True)
        await muting.closed()
        assert (device.open_now, muting.muted) == (1, True)
        nursery.cancel_scope.cancel()
