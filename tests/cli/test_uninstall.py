"""`tonny-agent uninstall` as it is typed."""

import io
import sys
from pathlib import Path

import pytest

from agent.cli.interpret import interpret
from agent.desktop.instance import only_instance
from tests.desktop.starts import FakeSystemd, home, program, systemd

__all__ = ["home", "systemd"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own folders")


@pytest.fixture
def everything(
    tmp_path: Path, home: Path, systemd: FakeSystemd, monkeypatch: pytest.MonkeyPatch
) -> list[Path]:
    """All that Tonny makes, in a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("TONNY_DATA_DIR", "TONNY_CONFIG", "TONNY_MODELS_DIR"):
        monkeypatch.delenv(name, raising=False)
    from agent.desktop.autostart import enable, ways
    from agent.desktop.autostart.program import Start

    enable(Start((str(program(tmp_path / "bin")), "run")), ways())
    made = [
        home / "tonny-agent/agent.toml",
        tmp_path / "share/tonny-agent/tonny.db",
        tmp_path / "cache/tonny-agent/models/moonshine/x",
    ]
    for path in made:
        path.parent.mkdir(parents=True)
        path.write_text("x")
    return [*made, home / "systemd/user/tonny-agent.service"]


def test_without_purge_only_autostart_goes(everything: list[Path]) -> None:
    assert interpret(["uninstall"]) == 0
    assert [path.exists() for path in everything] == [True, True, True, False]


def test_purge_says_what_it_removes_and_leaves_nothing(
    everything: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert interpret(["uninstall", "--purge", "--yes"]) == 0
    told = capsys.readouterr().out
    for folder in ("config", "share", "cache"):
        assert f"{tmp_path / folder / 'tonny-agent'}  (" in told
    assert not any(path.exists() for path in everything)
    assert not [*tmp_path.glob("[!b]*/tonny-agent")]
    assert "To remove the program itself" in told
    assert interpret(["uninstall", "--purge", "--yes"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


def test_without_a_terminal_it_does_not_dare(
    everything: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert interpret(["uninstall", "--purge"]) == 78
    assert all(path.exists() for path in everything)


@pytest.mark.parametrize(("answer", "status"), [("\n", 1), ("no\n", 1), ("y\n", 0)])
def test_on_a_terminal_it_asks(
    answer: str, status: int, everything: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert interpret(["uninstall", "--purge"]) == status
    assert [path.exists() for path in everything] == [status == 1] * 4


def test_while_an_agent_runs_nothing_is_removed(
    everything: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_instance(tmp_path / "share/tonny-agent"):
        assert interpret(["uninstall", "--purge", "--yes"]) == 75
    assert "already running" in capsys.readouterr().err
    assert all(path.exists() for path in everything)
