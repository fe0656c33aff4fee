"""The running agent is found, and what is wrong with it; it keeps its microphone."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from msgspec.structs import replace

from agent import __version__
from agent.control import place
from agent.control.commands import Failed
from agent.control.place import make_private, places
from agent.control.standing import Standing, Trouble
from agent.desktop.instance import holder, only_instance
from agent.doctor import agent as looked
from agent.doctor.agent import check_agent, dead_sockets, unless_running
from agent.doctor.findings import Finding, fault
from agent.doctor.mending import mend
from tests.control.running import Obedient, running

WELL = Standing(
    "ready", "voice", "a microphone", "moonshine", version=__version__, uptime=90.0
)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whatever else runs on this computer is not seen."""
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setattr(place, "_private_folders", lambda: [str(folder)])
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def said(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.severity) for each in found]


async def test_nobody_need_run(data: Path) -> None:
    assert said(await check_agent(data)) == [("agent", "ok")]
    assert not (data / "lock").exists()


async def test_one_that_is_well_says_so(data: Path) -> None:
    async with running(Obedient(WELL), data):
        (found,) = await check_agent(data)
    assert said([found]) == [("agent", "ok")]
    assert found.title == "Tonny is running (ready, for 1 min)."


async def test_its_troubles_are_told_with_their_remedies(data: Path) -> None:
    troubles = (
        Trouble("n8n-away", "The workflow does not answer", "Start n8n", 0),
        Trouble("queue-dead", "Given up: 2 questions", "See why", 0),
    )
    async with running(Obedient(replace(WELL, troubles=troubles)), data):
        found = await check_agent(data)
    assert said(found) == [("agent.degraded", "fault"), ("agent.troubled", "note")]
    assert [each.remedy for each in found] == ["Start n8n", "See why"]


@pytest.mark.parametrize(
    "reply", [replace(WELL, version="0.0.1"), Failed("version", "another version")]
)
async def test_another_version_is_told(reply: Standing | Failed, data: Path) -> None:
    async with running(Obedient(reply), data):
        found = await check_agent(data)
    assert said(found) == [("agent.outdated", "note")]
    assert "tonny-agent shutdown" in found[0].remedy


async def test_two_that_hear_are_one_too_many(data: Path, tmp_path: Path) -> None:
    other = replace(WELL, folder=str(tmp_path / "other"), pid=77)
    async with running(Obedient(other), tmp_path / "other"):
        (alone,) = (await check_agent(data))[1:]
        async with running(Obedient(WELL), data):
            (_, both) = await check_agent(data)
    assert said([alone, both]) == [
        ("agent.elsewhere", "note"),
        ("agent.others", "fault"),
    ]
    assert "process 77" in both.title
    assert both.remedy.endswith(f"shutdown --data-dir {tmp_path / 'other'}")


async def test_a_lock_that_is_held_by_someone_silent_is_a_fault(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked, "_WITHIN", 0.3)
    ((private, path),) = places(str(data))
    make_private(private)
    with socket.socket(socket.AF_UNIX) as mute, only_instance(data):
        mute.bind(path)
        mute.listen()
        (found,) = await check_agent(data)
    assert said([found]) == [("agent.silent", "fault")]
    assert f"Process {os.getpid()} has held" in found.title
    assert found.remedy.endswith(f"kill -9 {os.getpid()}")
    assert holder(data) == ""


async def test_what_the_dead_leave_is_removed_and_nothing_else(
    data: Path, runtime: Path
) -> None:
    dead = runtime / "0000.sock"
    with socket.socket(socket.AF_UNIX) as ended:
        ended.bind(str(dead))
    (runtime / "1111.sock").touch()
    async with running(Obedient(WELL), data) as alive:
        assert dead_sockets() == [str(dead)]
        found = await check_agent(data)
        assert said(found)[-1] == ("agent.sockets", "note")
        assert list(mend(found, data, None)) == [f"removed {dead}"]
        assert not dead.exists()
        assert alive.exists()
        assert (runtime / "1111.sock").exists()


class Microphone:
    def __init__(self) -> None:
        self.opened = 0

    async def __call__(self) -> Sequence[Finding]:
        await trio.lowlevel.checkpoint()
        self.opened += 1
        return [fault("level.deaf", "", "")]


async def test_a_microphone_that_an_agent_has_is_not_fought_for(data: Path) -> None:
    microphone = Microphone()
    listen = unless_running(data, microphone, deep=True)
    with only_instance(data):
        assert await listen() == []  # who holds it is silent, and that is told
    async with running(Obedient(replace(WELL, level=-41.2)), data):
        found = await listen()
    assert microphone.opened == 0
    assert said(found) == [("level", "ok"), ("loopback.busy", "note")]
    assert found[0].title == "The running agent hears through a microphone (-41 dBFS)."
    assert said(await listen()) == [("level.deaf", "fault")]
