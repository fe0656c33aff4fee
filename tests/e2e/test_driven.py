"""A running agent, driven from outside: push-to-talk, modes, and how it is."""

import itertools
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_process import (
    command,
    events,
    run_agent,
    silence,
    word_errors,
    write_wav,
)
from tests.e2e.terminal import on_terminal
from tests.hearing import sound

FIRST, SECOND = "What time is it?", "Please turn on the lights in the kitchen."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the agent lives; its socket is there, too."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    return tmp_path


@contextmanager
def talked_to(
    folder: Path, mode: str, *, then: float = 1.5
) -> Iterator[subprocess.Popen[bytes]]:
    """An agent in *mode* that hears two sentences in real time, the first after 1.5 s,
    *then* so many seconds of nothing; it is up and can be driven."""
    pcm = [silence(1.5), sound.spoken(FIRST), silence(2), sound.spoken(SECOND)]
    speech = write_wav(folder / "speech.wav", [*pcm, silence(then)])
    arguments = command(
        "run", "--microphone", speech, "--speaker", "none",
        "--data-dir", folder / "data", "--json",
    )  # fmt: skip
    env = {**os.environ, "TONNY_AUDIO__MODE": mode}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as agent:
        assert agent.stdout is not None
        for line in agent.stdout:
            if b'"name":"control"' in line:
                break
        try:
            yield agent
        finally:
            agent.kill()


def rest(agent: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    out, err = agent.communicate(timeout=60)
    assert agent.returncode == 0, err.decode()
    return events(out)


def heard(found: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in found if event["event"] == "heard"]


def drive(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return run_agent(*arguments, "--data-dir", folder / "data")


def test_with_push_to_talk_nothing_is_heard_unless_the_key_is_down(
    folder: Path, models: Path
) -> None:
    with talked_to(folder, "ptt") as agent:
        assert heard(rest(agent)) == []


def test_a_held_key_makes_one_turn_of_all_that_is_said(
    folder: Path, models: Path
) -> None:
    with talked_to(folder, "ptt") as agent:
        assert drive(folder, "ptt", "press").returncode == 0
        (text,) = heard(rest(agent))
    assert word_errors(f"{FIRST} {SECOND}", text) <= 2


def test_a_signal_is_a_key_that_listens_until_the_next_pause(
    folder: Path, models: Path
) -> None:
    with talked_to(folder, "ptt") as agent:
        agent.send_signal(signal.SIGUSR2)
        (text,) = heard(rest(agent))
    assert word_errors(FIRST, text) <= 1


def test_the_mode_can_be_changed_while_it_runs(folder: Path, models: Path) -> None:
    with talked_to(folder, "ptt") as agent:
        assert drive(folder, "mode", "voice").returncode == 0
        found = rest(agent)
    assert {"event": "switched", "what": "audio.mode", "to": "voice"} in found
    assert len(heard(found)) == 2


def test_in_continuous_mode_the_same_is_heard(folder: Path, models: Path) -> None:
    with talked_to(folder, "continuous") as agent:
        first, second = heard(rest(agent))
    assert word_errors(FIRST, first) <= 1
    assert word_errors(SECOND, second) <= 1


def test_it_says_how_it_is(folder: Path, models: Path) -> None:
    with talked_to(folder, "voice"):
        began = time.monotonic()
        done = drive(folder, "status", "--json")
        assert time.monotonic() - began < 5
    assert done.returncode == 0, done.stderr.decode()
    standing = json.loads(done.stdout)
    assert standing["mode"] == "voice"
    assert standing["microphone"].endswith("speech.wav")


def test_a_terminal_shows_how_it_is_as_it_changes(folder: Path, models: Path) -> None:
    status = ["status", "--watch", "--data-dir", folder / "data"]
    with (
        talked_to(folder, "ptt", then=90) as agent,
        on_terminal(*status, env={"TERM": "xterm"}) as terminal,
    ):
        terminal.until("ptt, heard by moonshine")
        assert drive(folder, "mode", "voice").returncode == 0
        terminal.until("voice, heard by moonshine")
        assert drive(folder, "mute").returncode == 0
        terminal.until("muted")
        assert drive(folder, "unmute").returncode == 0
        assert drive(folder, "ask", "what time is it?").returncode == 0
        terminal.until("Tonny  ")
        agent.send_signal(signal.SIGTERM)
        terminal.until("the agent has ended")
        assert terminal.status() == 0


def test_ctrl_c_ends_watching_and_not_the_agent(folder: Path, models: Path) -> None:
    status = ["status", "--watch", "--data-dir", folder / "data"]
    with (
        talked_to(folder, "ptt", then=90) as agent,
        on_terminal(*status, env={"TERM": "xterm"}) as terminal,
    ):
        terminal.until("ptt, heard by moonshine")
        terminal.type("\x03")
        assert terminal.status() == 0
        assert "Traceback" not in terminal.shown
        assert agent.poll() is None


def test_events_are_followed_on_a_terminal(folder: Path, models: Path) -> None:
    asked = ["--topic", "switched", "--topic", "life", "--data-dir", folder / "data"]
    with (
        talked_to(folder, "ptt", then=90) as agent,
        on_terminal("events", *asked, env={"TERM": "xterm"}) as terminal,
    ):
        # Whoever subscribes is heard of a little later, and is not told when.
        modes = itertools.cycle(["voice", "ptt"])
        while "what=audio.mode to=" not in terminal.shown:
            assert drive(folder, "mode", next(modes)).returncode == 0
            terminal.read(1)
        assert "level" not in terminal.shown
        agent.send_signal(signal.SIGTERM)
        terminal.until("the agent has ended")
        assert terminal.status() == 0


@pytest.mark.parametrize("arguments", [["status"], ["ptt", "toggle"], ["mode", "ptt"]])
def test_without_a_running_agent_it_says_so(folder: Path, arguments: list[str]) -> None:
    done = drive(folder, *arguments)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr.decode()
    assert b"running" in done.stderr


def test_what_is_to_be_said_is_said_by_whoever_runs(folder: Path, models: Path) -> None:
    with talked_to(folder, "ptt") as agent:
        assert drive(folder, "say", "Dinner is ready.").returncode == 0
        assert drive(folder, "set", "tts.speed", "1.3").returncode == 0
        wrong = drive(folder, "set", "tts.speed", "fast")
        assert wrong.returncode == 69
        assert b"from 0.5 to 2" in wrong.stderr
        assert drive(folder, "say", "Fire!", "--priority", "alert").returncode == 0
        found = rest(agent)
    spoken = [event["text"] for event in found if event["event"] == "spoken"]
    assert sorted(spoken) == ["Dinner is ready.", "Fire!"]


def test_what_waits_to_be_said_can_be_stopped(folder: Path, models: Path) -> None:
    with talked_to(folder, "ptt") as agent:
        assert drive(folder, "pause").returncode == 0
        assert drive(folder, "say", "This waits.").returncode == 0
        standing = json.loads(drive(folder, "status", "--json").stdout)
        assert [each["text"] for each in standing["speech"]] == ["This waits."]
        assert drive(folder, "stop").returncode == 0
        found = rest(agent)
    assert [event["event"] for event in found if event["event"] == "spoken"] == []


@pytest.mark.parametrize("name", ["stop", "pause", "resume", "skip"])
def test_without_an_agent_nobody_can_be_told(folder: Path, name: str) -> None:
    assert drive(folder, name).returncode == 3


def test_answers_can_be_read_instead_of_heard(folder: Path, models: Path) -> None:
    with talked_to(folder, "voice") as agent:
        assert drive(folder, "set", "response.mode", "text").returncode == 0
        assert drive(folder, "set", "response.mode", "loud").returncode == 69
        found = rest(agent)
    kinds = [event["event"] for event in found]
    assert kinds.count("replied") == 2
    assert kinds.count("shown") >= 2
    assert "spoken" not in kinds
    assert kinds.count("timed") == 2
