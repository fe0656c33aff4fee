"""Which way of being started is taken, and what is there before and afterwards."""

import os
import stat
import sys
from pathlib import Path

import pytest

from agent import executable
from agent.desktop import autostart
from agent.desktop.autostart import Found, program
from agent.desktop.autostart.program import Start, this_program, unfit
from agent.desktop.autostart.systemd import UserUnit, unit
from agent.desktop.autostart.xdg import DesktopEntry
from agent.errors import Misconfigured
from tests.desktop.starts import STRANGE, FakeSystemd
from tests.desktop.starts import program as some_program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own ways")


@pytest.fixture
def start(tmp_path: Path) -> Start:
    path = some_program(tmp_path / "a place")
    return Start((str(path), "run", "--at-login"))


def files(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file()
    }


def test_systemd_is_preferred_where_it_answers(
    home: Path, systemd: FakeSystemd, start: Start
) -> None:
    assert autostart.enable(start, autostart.ways())[0] == "systemd"
    unit = home / "systemd/user/tonny-agent.service"
    assert stat.S_IMODE(unit.stat().st_mode) == 0o644
    link = unit.parent / "graphical-session.target.wants" / unit.name
    assert link.resolve() == unit
    assert not (home / "autostart/tonny-agent.desktop").exists()


def test_without_a_graphical_session_it_starts_with_the_user(
    home: Path, systemd: FakeSystemd, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIVE", "none")
    autostart.enable(start, autostart.ways())
    wants = [path.name for path in (home / "systemd/user").glob("*.wants")]
    assert wants == ["default.target.wants"]


def test_otherwise_the_desktop_does_it_and_never_both(
    home: Path, systemd: FakeSystemd, start: Start
) -> None:
    autostart.enable(start, autostart.ways())
    systemd.die()
    assert autostart.enable(start, autostart.ways())[0] == "desktop"
    assert [*files(home)] == ["autostart/tonny-agent.desktop"]


def test_systemd_takes_over_from_the_desktop(
    home: Path, systemd: FakeSystemd, start: Start
) -> None:
    DesktopEntry(home / "autostart").put(start)
    autostart.enable(start, autostart.ways())
    assert not (home / "autostart/tonny-agent.desktop").exists()
    assert len(files(home)) == 2  # the unit, and the link to it


def test_enabling_twice_changes_nothing_and_disabling_leaves_nothing(
    home: Path, systemd: FakeSystemd, start: Start
) -> None:
    autostart.enable(start, autostart.ways())
    once = files(home)
    autostart.enable(start, autostart.ways())
    assert files(home) == once
    assert autostart.disable(autostart.ways()) == ["systemd"]
    assert autostart.disable(autostart.ways()) == []
    assert files(home) == {}
    assert "--user --no-pager disable tonny-agent.service" in systemd.asked


def test_what_a_user_manager_left_is_removed_without_one(
    home: Path, systemd: FakeSystemd, start: Start
) -> None:
    autostart.enable(start, autostart.ways())
    systemd.die()
    assert autostart.disable(autostart.ways()) == ["systemd"]
    assert files(home) == {}


def test_the_standing_is_that_of_this_program(
    home: Path, systemd: FakeSystemd, start: Start
) -> None:
    assert not autostart.standing(start, autostart.ways()).enabled
    autostart.enable(start, autostart.ways())
    now = autostart.standing(start, autostart.ways())
    assert (now.enabled, now.by, now.matches) == (True, "systemd", True)
    assert now.command == start.command
    assert now.problem == ""


def test_another_program_and_a_missing_one_are_told_apart(
    home: Path, systemd: FakeSystemd, start: Start, tmp_path: Path
) -> None:
    autostart.enable(start, autostart.ways())
    other = Start((str(some_program(tmp_path / "other")),))
    assert "not this program" in autostart.standing(other, autostart.ways()).problem
    Path(start.command[0]).unlink()
    gone = autostart.standing(other, autostart.ways())
    assert "no longer there" in gone.problem
    assert not gone.matches


def test_a_unit_of_a_package_counts_and_is_switched_off(
    home: Path, systemd: FakeSystemd, start: Start, tmp_path: Path
) -> None:
    packaged = tmp_path / "lib/tonny-agent.service"
    packaged.parent.mkdir()
    packaged.write_text(unit(start))
    link = home / "systemd/user/graphical-session.target.wants" / packaged.name
    link.parent.mkdir(parents=True)
    link.symlink_to(packaged)
    now = autostart.standing(start, autostart.ways())
    assert (now.enabled, now.matches, now.file) == (True, True, str(packaged))
    assert autostart.disable(autostart.ways()) == ["systemd"]
    assert packaged.exists()
    assert not autostart.standing(start, autostart.ways()).enabled


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_was_switched_off_in_the_desktop_is_off(
    line: str, home: Path, start: Start
) -> None:
    way = DesktopEntry(home / "autostart")
    file = Path(way.put(start))
    text = file.read_text().replace("X-GNOME-Autostart-enabled=true\n", "")
    file.write_text(f"{text}{line}\n")
    now = autostart.standing(start, [way])
    assert not now.enabled
    assert "switched off" in now.problem


def test_a_unit_changed_by_hand_is_not_guessed_at(home: Path, start: Start) -> None:
    way = UserUnit(home)
    home.mkdir()
    (home / "tonny-agent.service").write_text("[Service]\nExecStart=sh -c tonny\n")
    assert way.found() == Found(str(home / "tonny-agent.service"), None, off=True)
    assert "by hand" in autostart.standing(start, [way]).problem


def test_the_last_start_is_told_by_systemd(
    home: Path, systemd: FakeSystemd, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=78"
    monkeypatch.setenv("TOLD", f"{told}\nNRestarts=2")
    autostart.enable(start, autostart.ways())
    manager = autostart.standing(start, autostart.ways()).manager
    assert manager == (
        "failed (failed), the last time: exit-code, status 78, started again 2 times"
    )


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_place_is_fit(name: str, home: Path, tmp_path: Path) -> None:
    assert unfit(Start((str(some_program(tmp_path / name)),))) == ""


def test_a_place_that_all_may_write_to_is_refused(home: Path, tmp_path: Path) -> None:
    path = some_program(tmp_path / "shared/deep")
    (tmp_path / "shared").chmod(0o777)
    assert f"chmod o-w '{tmp_path}/shared'" in unfit(Start((str(path),)))
    link = tmp_path / "link"
    link.symlink_to(path)
    assert "writable by all" in unfit(Start((str(link),)))
    with pytest.raises(Misconfigured):
        autostart.enable(Start((str(path),)), [DesktopEntry(home)])
    assert not home.exists()


def test_a_temporary_place_is_refused(tmp_path: Path) -> None:
    start = Start((str(some_program(tmp_path)),))
    assert "emptied now and then" in unfit(start, [tmp_path])
    assert Path("/tmp") in program._temporary()


def test_a_program_that_was_deleted_is_refused(tmp_path: Path) -> None:
    assert "not there any more" in unfit(Start((f"{tmp_path}/x (deleted)",)))


def test_a_program_that_does_not_start_is_refused(home: Path, tmp_path: Path) -> None:
    path = some_program(tmp_path)
    path.write_text("#!/bin/sh\necho no module >&2\nexit 1\n")
    assert unfit(Start((str(path),))).endswith("does not start: no module")


def test_a_name_that_no_file_can_hold_is_refused(home: Path, tmp_path: Path) -> None:
    for name in ("new\nline", os.fsdecode(b"\xff")):
        path = some_program(tmp_path / name)
        assert "signs in its name" in unfit(Start((str(path),)))


def test_from_source_it_is_what_started_us() -> None:
    start = this_program()
    assert Path(start.command[0]).is_absolute()
    assert start.words == len(start.command)


def test_a_compiled_one_is_its_own_executable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable, "COMPILED", True)
    itself = Start((str(Path("/proc/self/exe").readlink()),))
    assert this_program() == itself
    # Of a single file it is the one that unpacked us, and not one that unpacked whoever
    # started us.
    monkeypatch.setenv("TONNY_SINGLE_FILE", f"{os.getpid()} /opt/my tonny-agent")
    assert this_program() == Start(("/opt/my tonny-agent",), single=True)
    monkeypatch.setenv("TONNY_SINGLE_FILE", f"{os.getppid()} /opt/my tonny-agent")
    assert this_program() == itself
