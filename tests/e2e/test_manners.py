"""How the program behaves when it is stopped, misused, or alone."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.agent_process import command, events, run_agent, silence, write_wav


@contextmanager
def listening(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An agent that listens to a minute of silence, in real time."""
    room = write_wav(folder / "room.wav", [silence(60)])
    arguments = command(
        "run", "--microphone", room, "--speaker", "none",
        "--data-dir", folder / "data", "--json",
    )  # fmt: skip
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as agent:
        assert agent.stdout is not None
        for line in agent.stdout:
            if b'"name":"microphone"' in line:
                break
        try:
            yield agent
        finally:
            agent.kill()


@pytest.mark.parametrize(
    ("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_signal_ends_it_soon_and_the_journal_is_whole(
    sent: signal.Signals, status: int, tmp_path: Path, models: Path
) -> None:
    with listening(tmp_path) as agent:
        agent.send_signal(sent)
        began = time.monotonic()
        out, err = agent.communicate(timeout=20)
        assert time.monotonic() - began < 5
    assert agent.returncode == status
    reason = f"stopped by {sent.name}"
    assert events(out)[-1] == {"event": "session_ended", "reason": reason}
    assert b"Traceback" not in err
    log = run_agent("log", "--data-dir", tmp_path / "data", "--json").stdout
    assert reason.encode() in log


def test_a_second_agent_on_the_same_folder_names_the_first(
    tmp_path: Path, models: Path
) -> None:
    with listening(tmp_path) as first:
        second = run_agent(
            "run", "--microphone", tmp_path / "room.wav",
            "--speaker", "none", "--data-dir", tmp_path / "data",
        )  # fmt: skip
        assert second.returncode == 75
        assert f"process {first.pid}" in second.stderr.decode()


def test_without_a_microphone_it_says_what_to_do(tmp_path: Path, models: Path) -> None:
    done = run_agent(
        "run", "--microphone", "no such microphone", "--data-dir", tmp_path / "data"
    )
    assert done.returncode == 69
    told = done.stderr.decode()
    assert "--microphone FILE.wav" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["run", "--microphone", "nowhere.wav"], 78, "nowhere.wav"),
        (["run", "--pace", "slow"], 2, "slow"),
        (["dance"], 2, "dance"),
        (["ask"], 2, "TEXT"),
        (["log", "--limit", "many"], 2, "many"),
        (["config", "check", "--config", "nowhere.toml"], 78, "nowhere.toml"),
    ],
)
def test_a_users_mistake_is_one_message(
    arguments: list[str], status: int, told: str, tmp_path: Path
) -> None:
    done = run_agent(*arguments, env={"TONNY_DATA_DIR": str(tmp_path)})
    said = (done.stderr + done.stdout).decode()
    assert done.returncode == status, said
    assert told in said
    assert "Traceback" not in said


def test_a_recording_is_not_overwritten_by_its_answer(tmp_path: Path) -> None:
    file = write_wav(tmp_path / "both.wav", [silence(1)])
    before = file.read_bytes()
    done = run_agent("run", "--microphone", file, "--speaker", file)
    assert done.returncode == 78
    assert b"both microphone and speaker" in done.stderr
    assert file.read_bytes() == before


def test_a_wrong_setting_is_named_with_what_would_be_right(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text("[vad]\nthreshhold = 0.4\n")
    done = run_agent("run", "--config", file, "--data-dir", tmp_path / "data")
    assert done.returncode == 78
    told = done.stderr.decode()
    assert f'{file}:2:1: there is no "threshhold" in [vad]' in told
    assert "threshold" in told.replace("threshhold", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        *[
            [name, "--help"]
            for name in (
                "run", "ask", "say", "transcribe", "demo", "doctor", "log",
                "devices", "config", "models", "events", "completion",
                "autostart", "uninstall", "secrets", "update",
            )
        ],
    ],
)  # fmt: skip
def test_every_command_explains_itself(arguments: list[str]) -> None:
    done = run_agent(*arguments)
    assert done.returncode == 0
    assert b"Usage: tonny-agent" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_can_complete(shell: str) -> None:
    done = run_agent("completion", shell)
    assert done.returncode == 0
    assert b"tonny" in done.stdout
    assert b"transcribe" in done.stdout


def test_the_version_is_told_without_importing_much() -> None:
    done = run_agent("--version", env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.stdout.startswith(b"tonny-agent ")
    imported = {line.rpartition(b"|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {b"trio", b"cyclopts", b"numpy", b"msgspec"}


def test_the_schema_describes_what_is_printed() -> None:
    done = run_agent("events", "schema")
    assert b'"$schema"' in done.stdout
    assert b"speech_ended" in done.stdout
