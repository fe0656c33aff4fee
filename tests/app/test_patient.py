from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from agent.app.patient import Patient
from agent.errors import Unavailable

ZEROS, SOUND = bytes(8), b"\1\0" * 4
GONE = Unavailable("nothing but silence")


class Device:
    """Opened once for each of *takes*: the frames that it sends then, before it ends
    with *GONE*; None is a device that hangs, and after the last there is none."""

    name = "device"
    live = True

    def __init__(self, *takes: list[bytes] | None) -> None:
        self._takes = list(takes)
        self.opened = 0
        self.open_now = 0

    @asynccontextmanager
    async def open(
        self, block: int, heard: Callable[[bytes], None], idle: Callable[[], bool]
    ) -> AsyncIterator["Take"]:
        self.opened += 1
        if not self._takes:
            raise Unavailable("no device")
        frames = self._takes.pop(0)
        if frames is None:
            await trio.sleep_forever()
        self.open_now += 1
        try:
            yield Take(frames or [], heard)
        finally:
            self.open_now -= 1


class Take:
    def __init__(self, frames: list[bytes], heard: Callable[[bytes], None]) -> None:
        self._frames = frames
        self._heard = heard

    async def ended(self) -> None:
        for frame in self._frames:
            self._heard(frame)
        await trio.lowlevel.checkpoint()
        raise GONE


async def ended(device: Device) -> tuple[str, list[bytes]]:
    heard: list[bytes] = []
    async with Patient(device).open(4, heard.append, lambda: True) as listening:
        assert device.open_now == 1
        with pytest.raises(Unavailable) as lost:
            await listening.ended()
    assert device.open_now == 0
    return str(lost.value), heard


async def test_one_that_fell_silent_is_opened_again_and_heard_on() -> None:
    device = Device([SOUND, ZEROS], [SOUND])
    assert await ended(device) == (str(GONE), [SOUND, ZEROS, SOUND])
    assert device.opened == 2


async def test_one_that_is_lost_while_it_sounds_is_lost() -> None:
    device = Device([ZEROS, SOUND], [SOUND])
    assert await ended(device) == (str(GONE), [ZEROS, SOUND])
    assert device.opened == 1


async def test_one_that_fell_silent_twice_is_lost_too() -> None:
    device = Device([ZEROS], [ZEROS], [SOUND])
    assert await ended(device) == (str(GONE), [ZEROS, ZEROS])
    assert device.opened == 2


@pytest.mark.parametrize("after", [[], [None]], ids=["away", "hanging"])
async def test_what_cannot_be_opened_again_was_lost_as_it_first_was(
    after: list[None], autojump_clock: MockClock
) -> None:
    device = Device([ZEROS], *after)
    begun = trio.current_time()
    assert await ended(device) == (str(GONE), [ZEROS])
    assert device.opened == 2
    assert trio.current_time() - begun < 5
