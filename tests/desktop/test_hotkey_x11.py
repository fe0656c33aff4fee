"""Keys of a real X server, which nobody sees."""

import os
import signal
from collections.abc import Iterator
from subprocess import Popen

import pytest
import trio

from agent.config.settings import Audio
from agent.desktop.hotkey import try_hotkey
from agent.doctor.hotkey import check_hotkey
from agent.errors import Unavailable
from tests.desktop.followed import KEYS, Followed
from tests.desktop.screens import Typist, x_server

from agent.desktop.hotkey import x11  # isort: skip # needs what screens may skip for


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Popen[bytes]]":
    with x_server() as (display, process):
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
        yield process


@pytest.fixture
def typist(server: "Popen[bytes]") -> Iterator[Typist]:
    one = Typist(os.environ["DISPLAY"])
    yield one
    one.close()


async def test_press_and_release_are_told(typist: Typist) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        assert await nursery.start(told.follow) == "X11"
        typist.press("Control_L", "Alt_L", "space")
        assert await told.next() == "press"
        typist.release("space", "Alt_L", "Control_L")
        assert await told.next() == "release"
        nursery.cancel_scope.cancel()


async def test_modifiers_may_go_up_first(typist: Typist) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        await nursery.start(told.follow)
        typist.press("Control_L", "Alt_L", "space")
        typist.release("Control_L", "Alt_L")
        assert await told.next() == "press"
        assert not told.waiting
        typist.release("space")
        assert await told.next() == "release"
        nursery.cancel_scope.cancel()


async def test_the_key_alone_and_other_keys_belong_to_others(typist: Typist) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        await nursery.start(told.follow)
        for keys in (["space"], ["Control_L", "space"], ["Control_L", "Alt_L", "a"]):
            typist.press(*keys)
            typist.release(*reversed(keys))
        typist.press("Control_L", "Alt_L", "space")
        assert await told.next() == "press"
        typist.release("space", "Alt_L", "Control_L")
        assert await told.next() == "release"
        assert not told.waiting
        nursery.cancel_scope.cancel()


async def test_num_lock_and_caps_lock_do_not_matter(typist: Typist) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        await nursery.start(told.follow)
        for lock in ("Num_Lock", "Caps_Lock"):
            typist.press(lock)
            typist.release(lock)
            typist.press("Control_L", "Alt_L", "space")
            assert await told.next() == "press"
            typist.release("space", "Alt_L", "Control_L")
            assert await told.next() == "release"
        nursery.cancel_scope.cancel()


async def test_a_key_that_repeats_itself_is_pressed_again_and_released_once(
    typist: Typist,
) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        await nursery.start(told.follow)
        typist.press("Control_L", "Alt_L", "space")
        assert [await told.next() for _ in range(4)] == ["press"] * 4
        typist.release("space", "Alt_L", "Control_L")
        while (last := await told.next()) == "press":
            pass
        assert last == "release"
        nursery.cancel_scope.cancel()


async def test_another_layout_takes_the_key_along(typist: Typist) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        await nursery.start(told.follow)
        typist.swap("space", "F9")
        typist.press("Control_L", "Alt_L")
        with trio.fail_after(5):
            while not told.waiting:  # it has yet to hear of it
                typist.press("F9")  # which is where the space is now
                typist.release("F9")
                await trio.sleep(0.01)
        assert await told.next() == "press"
        nursery.cancel_scope.cancel()


async def test_whoever_comes_second_is_told_and_can_come_later(server: object) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(Followed().follow)
        with pytest.raises(Unavailable, match="another program has these keys"):
            await try_hotkey(KEYS)
        nursery.cancel_scope.cancel()
    assert await try_hotkey(KEYS) == "X11"


async def test_a_server_that_ends_releases_the_key(
    server: "Popen[bytes]", typist: Typist
) -> None:
    told = Followed()

    async def follow(*, task_status: trio.TaskStatus[str]) -> None:
        with pytest.raises(Unavailable, match="X11"):
            await told.follow(task_status=task_status)

    async with trio.open_nursery() as nursery:
        await nursery.start(follow)
        typist.press("Control_L", "Alt_L", "space")
        assert await told.next() == "press"
        server.kill()
    assert await told.next() == "release"


async def test_without_a_server_the_reason_is_plain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    monkeypatch.setenv("DISPLAY", ":65000")
    with pytest.raises(Unavailable, match="X11"):
        await try_hotkey(KEYS)


async def test_a_frozen_server_does_not_freeze_us(
    server: "Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x11, "OPEN_WITHIN", 0.1)
    monkeypatch.setattr(x11, "_one_at_a_time", trio.CapacityLimiter(1))
    server.send_signal(signal.SIGSTOP)
    with pytest.raises(Unavailable, match="does not answer"):
        await try_hotkey(KEYS)


async def test_the_doctor_tries_the_keys(server: object) -> None:
    [found] = await check_hotkey(Audio(hotkey=KEYS))
    assert found.severity == "ok"
    assert KEYS in found.title
    [found] = await check_hotkey(Audio(hotkey="<ctrl>+<alt>+f24"))
    assert found.severity == "fault"
    assert "no key F24" in found.title
    assert "tonny-agent ptt toggle" in found.remedy
