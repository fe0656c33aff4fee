"""The dashboard is loaded and opened when someone wants to look, and not before."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import trio

from agent.app.session import Session
from agent.app.window import Window
from agent.config.settings import Audio, Config, Dashboard
from agent.control.commands import Command, Done, Reply
from agent.errors import Unavailable
from agent.events import Event, Lost, Ready
from agent.hub import Hub, steady_clock
from agent.record.store import open_store
from agent.supervisor import Service, supervise


async def obey(command: Command) -> Reply:
    await trio.lowlevel.checkpoint()
    return Done()


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    async with open_store(tmp_path / "tonny.db") as store:
        hub = Hub("s", steady_clock())
        yield Session("s", hub, store, began=time.time())


async def supervised(window: Window, events: list[Event]) -> None:
    service = Service("dashboard", window.run, essential=False)
    await supervise([service], events.append, lambda: 0.5)


def test_without_a_dashboard_its_libraries_are_not_loaded() -> None:
    program = (
        "import sys, agent.app.conversation, agent.app.driven;"
        "sys.exit(bool({'hypercorn', 'prometheus_client', 'starlette'} & {*sys.modules}))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


async def test_it_is_there_once_it_is_wanted(session: Session) -> None:
    events: list[Event] = []
    window = Window(Config(dashboard=Dashboard(port=0)), session, obey)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(supervised, window, events)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert events == []
        first, second = await window.invitation(), await window.invitation()
        address = first.partition("/enter#")[0]
        assert events == [Ready("dashboard", address)]
        assert second.startswith(address)
        assert first != second
        assert not window.watched
        nursery.cancel_scope.cancel()


async def test_it_is_always_there_where_that_is_the_setting(session: Session) -> None:
    config = Config(dashboard=Dashboard(enabled=True, port=0))
    window = Window(config, session, obey)
    async with trio.open_nursery() as nursery:
        address = await nursery.start(window.run)
        assert address.startswith("http://127.0.0.1:")
        nursery.cancel_scope.cancel()


async def test_who_cannot_have_it_is_told_why(session: Session) -> None:
    taken = (await trio.open_tcp_listeners(0, host="127.0.0.1"))[0]
    port = taken.socket.getsockname()[1]
    events: list[Event] = []
    async with taken:
        window = Window(Config(dashboard=Dashboard(port=port)), session, obey)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(supervised, window, events))
            with pytest.raises(Unavailable, match=rf"{port} .*\(dashboard\.port\)"):
                await window.invitation()
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert isinstance(events[0], Lost)
            await taken.aclose()
            with trio.fail_after(10):  # its supervisor tries again by itself
                while len(events) < 2:  # noqa: ASYNC110
                    await trio.sleep(0.05)
            assert str(port) in await window.invitation()
            nursery.cancel_scope.cancel()


async def test_the_level_is_measured_only_for_those_who_look(session: Session) -> None:
    silence = bytes(2 * 1600)
    idle = Window(Config(), session, obey).meter()
    assert [idle.heard(silence, False) for _ in range(20)] == [None] * 20
    told = Window(Config(audio=Audio(level_hz=10)), session, obey).meter()
    assert [told.heard(silence, False) for _ in range(20)].count(None) == 0
