"""`tonny-agent autostart` as it is typed, with a stand-in for the user's systemd."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.cli.interpret import interpret
from agent.desktop.autostart.program import Start
from agent.desktop.laststart import begin, note
from agent.desktop.laststart import last_start as last
from tests.desktop.starts import FakeSystemd, home, program, systemd

__all__ = ["home", "systemd"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own ways")


@pytest.fixture(autouse=True)
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = program(tmp_path / "my programs")
    monkeypatch.setattr("agent.cli.autostart.this_program", lambda: Start((str(path),)))
    monkeypatch.setenv("TONNY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("TONNY_CONFIG", raising=False)
    return path


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_it_is_enabled_told_and_disabled(
    systemd: FakeSystemd, ours: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interpret(["autostart", "enable"]) == 0
    assert "systemctl --user start tonny-agent" in capsys.readouterr().out
    assert interpret(["autostart", "status", "--json"]) == 0
    found = told(capsys)
    data = str(tmp_path / "data")
    assert found["command"] == [str(ours), "run", "--at-login", "--data-dir", data]
    assert (found["enabled"], found["by"], found["matches"]) == (True, "systemd", True)
    assert found["last_start"] is None
    assert interpret(["autostart", "disable"]) == 0
    capsys.readouterr()
    assert interpret(["autostart", "status", "--json"]) == 0
    assert told(capsys)["enabled"] is False


def test_what_log_in_will_not_know_is_said(
    systemd: FakeSystemd, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("TONNY_STT__URL", "ws://here:8000/asr")
    assert interpret(["autostart", "enable", "--config", "mine.toml"]) == 0
    assert "TONNY_STT__URL is set here" in capsys.readouterr().err
    interpret(["autostart", "status", "--json"])
    command = told(capsys)["command"]
    assert isinstance(command, list)
    assert str(Path.cwd() / "mine.toml") in command


def test_a_temporary_place_is_refused_with_a_remedy(
    systemd: FakeSystemd, home: Path, ours: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    place = [ours.parent]
    monkeypatch.setattr("agent.desktop.autostart.program._temporary", lambda: place)
    assert interpret(["autostart", "enable"]) == 78
    assert "move it to a place of its own" in capsys.readouterr().err
    assert not home.exists()


def test_how_the_last_start_went_is_told(
    systemd: FakeSystemd, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the real command, which meets a wrong setting."""
    wrong = tmp_path / "agent.toml"
    wrong.write_text("[stt]\nspeed = 3\n")
    assert interpret(["autostart", "enable"]) == 0
    assert interpret(["run", "--at-login", "--config", str(wrong)]) == 78
    capsys.readouterr()
    assert interpret(["autostart", "status", "--json"]) == 1
    found = told(capsys)["last_start"]
    assert isinstance(found, dict)
    assert (found["status"], found["outcome"]) == (78, "failed")
    assert f"{wrong}:2" in str(found["reason"])
    assert interpret(["autostart", "status"]) == 1
    assert "it failed with status 78" in capsys.readouterr().out


def test_a_start_that_left_no_word_has_vanished(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    start = begin()
    note(start, tmp_path)
    assert last(tmp_path) == start
    assert start.outcome == "running"
    assert replace(start, pid=gone.pid).outcome == "vanished"
    assert replace(start, status=143).outcome == "ended"
