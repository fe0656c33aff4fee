"""A real session bus, with a stand-in for the desktop's portal."""

import os
import signal
from collections.abc import Iterator
from subprocess import Popen

import pytest
import trio

from agent.config.settings import Audio
from agent.desktop.hotkey import try_hotkey
from agent.doctor.hotkey import check_hotkey
from agent.errors import AgentError, Refused, Unavailable
from tests.desktop.desktops import Desktop, desktop, session_bus
from tests.desktop.followed import KEYS, Followed

from agent.desktop import bus as buses  # isort: skip # needs what desktops
from agent.desktop.hotkey import portal as portals  # isort: skip # may skip for


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Popen[bytes]]":
    with session_bus() as (address, daemon):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        yield daemon


def here() -> str:
    return os.environ["DBUS_SESSION_BUS_ADDRESS"]


async def ends(told: Followed, kind: type[AgentError], reason: str) -> None:
    """It was followed to a bad end."""
    with trio.fail_after(5), pytest.raises(kind, match=reason):
        await told.follow(task_status=trio.TASK_STATUS_IGNORED)


async def test_press_and_release_are_told(bus: object) -> None:
    told = Followed()
    async with desktop(here()) as portal, trio.open_nursery() as nursery:
        assert await nursery.start(told.follow) == "the desktop's portal"
        for _ in range(3):
            await portal.tell("Activated")
            assert await told.next() == "press"
            await portal.tell("Deactivated")
            assert await told.next() == "release"
        nursery.cancel_scope.cancel()


async def test_the_desktop_learns_what_the_keys_are_for(bus: object) -> None:
    async with desktop(here()) as portal, trio.open_nursery() as nursery:
        await nursery.start(Followed().follow)
        [(name, about)] = portal.bound
        assert name == "ptt"
        assert about["preferred_trigger"] == ("s", "CTRL+ALT+space")
        assert "Tonny" in about["description"][1]
        nursery.cancel_scope.cancel()


async def test_what_is_not_about_our_keys_is_ignored(bus: object) -> None:
    told = Followed()
    async with desktop(here()) as portal, trio.open_nursery() as nursery:
        await nursery.start(told.follow)
        await portal.tell_something_else()
        await portal.tell("Activated", shortcut="another")
        await portal.tell("Activated")
        await portal.tell("Deactivated")
        assert [await told.next(), await told.next()] == ["press", "release"]
        assert not told.waiting
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [(1, Refused, "the answer was no"), (2, Unavailable, "failed at BindShortcuts")],
)
async def test_a_no_is_final_and_a_failure_is_not(
    code: int, kind: type[AgentError], reason: str, bus: object
) -> None:
    async with desktop(here(), consents=code):
        await ends(Followed(), kind, reason)


async def test_a_portal_that_goes_away_releases_the_key(bus: object) -> None:
    told = Followed()
    async with trio.open_nursery() as nursery:
        async with desktop(here()) as portal:
            nursery.start_soon(ends, told, Unavailable, "portal is gone")
            await activated(portal, told)
        assert await told.next() == "release"


async def test_a_shortcut_that_is_taken_away_releases_the_key(bus: object) -> None:
    told = Followed()
    async with desktop(here()) as portal, trio.open_nursery() as nursery:
        nursery.start_soon(ends, told, Unavailable, "took the shortcut away")
        await activated(portal, told)
        await portal.close_session()
        assert await told.next() == "release"


async def test_a_bus_that_ends_releases_the_key(bus: "Popen[bytes]") -> None:
    told = Followed()
    async with desktop(here()) as portal, trio.open_nursery() as nursery:
        nursery.start_soon(ends, told, Unavailable, "the session bus is gone")
        await activated(portal, told)
        bus.kill()
        assert await told.next() == "release"


async def test_a_user_who_does_not_answer_is_not_waited_for_for_ever(
    bus: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portals, "CONSENT_WITHIN", 0.1)
    async with desktop(here(), consents=None):
        await ends(Followed(), Refused, "nobody answered")


async def test_a_portal_that_opens_no_session_is_not_waited_for_for_ever(
    bus: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portals, "ANSWER_WITHIN", 0.1)
    async with desktop(here(), opens=None):
        await ends(Followed(), Unavailable, "opens no session")


# jeepney leaves the socket of what was interrupted to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_frozen_bus_does_not_freeze_us(
    bus: "Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buses, "ANSWER_WITHIN", 0.1)
    bus.send_signal(signal.SIGSTOP)
    await ends(Followed(), Unavailable, "nobody answers on the session bus")


async def activated(portal: Desktop, told: Followed) -> None:
    """The key is down."""
    with trio.fail_after(5):
        await portal.answered.wait()
    await portal.tell("Activated")
    assert await told.next() == "press"


async def test_a_desktop_without_a_portal_is_told_apart(bus: object) -> None:
    await ends(Followed(), Unavailable, "no portal for shortcuts")
    with pytest.raises(Unavailable, match="no portal for shortcuts"):
        await try_hotkey(KEYS)


async def test_no_session_bus_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    await ends(Followed(), Unavailable, "there is no session bus")
    for nonsense in ("unix:path=/nowhere", "tcp:host=localhost", "nonsense"):
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", nonsense)
        await ends(Followed(), Unavailable, "there is no session bus")


async def test_the_doctor_asks_the_user_nothing(bus: object) -> None:
    async with desktop(here()) as portal:
        [found] = await check_hotkey(Audio(hotkey=KEYS))
        assert found.severity == "ok"
        assert "the desktop's portal (version 1)" in found.title
        assert portal.bound == []
    [found] = await check_hotkey(Audio(hotkey=KEYS))
    assert found.severity == "fault"
    assert "tonny-agent ptt toggle" in found.remedy
