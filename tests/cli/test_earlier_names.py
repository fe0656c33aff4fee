"""Commands by the names that they had in the earlier service."""

from pathlib import Path

import pytest

from agent.__main__ import run
from tests.e2e.agent_process import silence, write_wav


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        ("start", "tonny-agent run"),
        ("health", "tonny-agent status"),
        ("tts", "tonny-agent say"),
    ],
)
def test_each_is_the_command_of_today(
    earlier: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([earlier, "--help"]) == 0
    assert told in capsys.readouterr().out


def test_options_for_all_came_before_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONNY_CONFIG", "")
    monkeypatch.setenv("TONNY_LOG__LEVEL", "info")
    file = tmp_path / "agent.toml"
    file.write_text("[tts]\nspeed = 1.5\n")
    options = ["--config", str(file), "--log-level", "DEBUG"]
    assert run([*options, "config", "show"]) == 0
    shown = capsys.readouterr().out
    assert "speed = 1.5" in shown
    assert 'level = "debug"' in shown


@pytest.mark.parametrize("mode", ["voice_activation", "continuous", "ptt"])
def test_the_pipeline_is_metered_in_a_mode(
    mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = write_wav(tmp_path / "quiet.wav", [silence(0.5)])
    assert run(["audio", "--mode", mode, "--microphone", str(quiet), "--json"]) == 0
    first, *_ = capsys.readouterr().out.splitlines()
    assert '"voiced":' in first


def test_audio_alone_says_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audio"]) == 0
    assert "loopback" in capsys.readouterr().out


def test_without_an_agent_health_is_looked_at_by_the_doctor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["health", "--data-dir", str(tmp_path / "data"), "--json"])
    assert status in {0, 1}
    assert "data-folder" in capsys.readouterr().out
