"""The program as autostart starts it: watched, unseen, and held by its unit's bounds."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.desktop.autostart.program import Start
from agent.desktop.autostart.systemd import unit
from agent.desktop.laststart import last_start
from tests.e2e.agent_process import command, run_agent, silence, write_wav
from tests.rigs.pulse import Pulse, skip_without_sound

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd's protocol")

PATIENCE = 60
SILENT = ("--speaker", "none", "--at-login")


class Watch:
    """What the service manager was told so far."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self.told: list[str] = []

    def until(self, fact: str) -> None:
        while not any(line.startswith(fact) for line in self.told):
            self.told += self._stream.recv(9999).decode().splitlines()


@contextmanager
def service(
    folder: Path, *arguments: object
) -> Iterator[tuple[Watch, "subprocess.Popen[bytes]"]]:
    data = ("--data-dir", folder / "data")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stream:
        stream.bind(str(folder / "notify"))
        stream.settimeout(PATIENCE)
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "NOTIFY_SOCKET": str(folder / "notify"),
            "WATCHDOG_USEC": "400000",
        }
        if models := os.environ.get("TONNY_MODELS_DIR"):
            env["TONNY_MODELS_DIR"] = models
        with subprocess.Popen(
            command("run", *arguments, *data, *SILENT),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as agent:
            try:
                yield Watch(stream), agent
            finally:
                agent.kill()


def test_it_says_that_it_is_ready_that_it_lives_and_that_it_goes(
    tmp_path: Path,
) -> None:
    room = write_wav(tmp_path / "room.wav", [silence(60)])
    with service(tmp_path, "--microphone", room) as (watch, agent):
        watch.until("READY=1")
        watch.until("STATUS=listening to")
        watch.told.clear()
        watch.until("WATCHDOG=1")
        watch.told.clear()
        watch.until("WATCHDOG=1")
        started = last_start(tmp_path / "data")
        assert started is not None
        assert (started.pid, started.outcome) == (agent.pid, "running")
        agent.send_signal(signal.SIGTERM)
        watch.until("STOPPING=1")
        out, err = agent.communicate(timeout=PATIENCE)
    assert agent.returncode == 143
    assert out == b""
    assert b"Traceback" not in err
    ended = last_start(tmp_path / "data")
    assert ended is not None
    assert (ended.status, ended.outcome) == (143, "ended")


def test_without_a_microphone_it_waits_for_one(tmp_path: Path) -> None:
    with service(tmp_path, "--microphone", "no such microphone") as (watch, agent):
        watch.until("STATUS=degraded: microphone: ")
        watch.told.clear()
        watch.until("WATCHDOG=1")
        assert agent.poll() is None
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(PATIENCE) == 143


def test_a_frozen_one_says_nothing_more(tmp_path: Path) -> None:
    room = write_wav(tmp_path / "room.wav", [silence(60)])
    with service(tmp_path, "--microphone", room) as (watch, agent):
        watch.until("WATCHDOG=1")
        agent.send_signal(signal.SIGSTOP)
        watch._stream.settimeout(1.5)
        with pytest.raises(TimeoutError):
            watch.until("never")


def test_the_unit_allows_every_call_that_a_conversation_makes(
    tmp_path: Path, models: Path
) -> None:
    output = ("--output", tmp_path / "said.wav", "--data-dir", tmp_path / "data")
    traced(tmp_path, "demo", "--pace", "fast", *output)


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    skip_without_sound()
    with Pulse() as server:
        yield server


def test_the_unit_allows_every_call_that_real_devices_need(
    tmp_path: Path, models: Path, pulse: Pulse
) -> None:
    data = ("--data-dir", tmp_path / "data")
    recording = tmp_path / "heard.wav"
    there = {**os.environ, **pulse.env, "TONNY_MODELS_DIR": str(models)}
    say = ("say", "Hello.", "--speaker", "speaker", *data)
    assert "pulse/native" in traced(tmp_path, *say, env=there)
    record = ("audio", "record", recording, "--seconds", 1, "--microphone", "mic")
    assert "pulse/native" in traced(tmp_path, *record, env=there)
    assert recording.exists()


def traced(
    folder: Path, *arguments: object, env: Mapping[str, str] | None = None
) -> str:
    """Its calls: it does what it is told, by none that the unit does not allow."""
    if shutil.which("strace") is None or shutil.which("systemd-analyze") is None:
        pytest.skip("no strace or no systemd-analyze")
    text = unit(Start(("/opt/tonny",)))
    log = folder / "traced"
    done = subprocess.run(
        ["strace", "-f", "-o", log, *command(*arguments)],
        env=env,
        capture_output=True,
        timeout=3 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    calls = log.read_text(errors="replace")
    made = {*re.findall(r"^\d+ +(\w+)\(", calls, re.MULTILINE)}
    assert {"openat", "futex"} <= made
    [allowed] = re.findall(r"^SystemCallFilter=(.*)$", text, re.MULTILINE)
    assert made - _calls_of(allowed) == set()
    families = {*re.findall(r"socket\((AF_\w+)", calls)}
    [permitted] = re.findall(r"^RestrictAddressFamilies=(.*)$", text, re.MULTILINE)
    assert families <= {*permitted.split()}
    assert "CLONE_NEW" not in calls
    return calls


def _calls_of(group: str) -> set[str]:
    """As this systemd has it, with the groups inside, and its own defaults."""
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    groups: dict[str, set[str]] = {}
    inside: set[str] = set()
    for line in told.splitlines():
        word = line.strip().split("#")[0].strip()
        if line.startswith("@"):
            groups[word] = inside = set()
        elif line.startswith(" ") and word:
            inside.add(word)
    found = {*groups["@default"]}
    waiting = [group]
    while waiting:
        for name in groups[waiting.pop()]:
            if name.startswith("@"):
                waiting.append(name)
            else:
                found.add(name)
    return found


def test_a_wrong_setting_is_a_status_that_is_not_started_again(tmp_path: Path) -> None:
    wrong = tmp_path / "agent.toml"
    wrong.write_text("[stt]\nspeed = 3\n")
    data = ("--data-dir", tmp_path / "data")
    done = run_agent("run", "--config", wrong, *data, *SILENT)
    [never] = re.findall(r"RestartPreventExitStatus=(.*)", unit(Start(("/opt/tonny",))))
    assert str(done.returncode) in never.split()
