"""A secret that the program was given goes to the service that it is for, and stays
nowhere else."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from agent.config.names import is_secret, kinds
from agent.demo import QUESTION
from tests.e2e.agent_process import command, events, run_agent
from tests.e2e.terminal import on_terminal
from tests.standins.elevenlabs.account import KEY
from tests.standins.together import standing_in

CANARY = "canary-5d1f"
SPECIAL = {
    "tts.api_key": KEY,
    "rabbitmq.url": f"amqp://guest:{CANARY}@127.0.0.1:1/",  # where nobody is
}


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        yield standing_in(stack)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Every secret is kept in its file; the one for ElevenLabs is right."""
    folder = tmp_path / "config/tonny-agent"
    folder.mkdir(parents=True, mode=0o700)
    for name in filter(is_secret, kinds()):
        if name in {"stt.token", "workflow.old_secret"}:
            continue  # the stand-in wants none, and this one goes with another
        secret = SPECIAL.get(name, CANARY).encode()
        ours = ("--config", folder / "agent.toml")
        done = run_agent("secrets", "set", name, *ours, stdin=secret)
        assert done.returncode == 0, done.stderr
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TONNY_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_it_is_found_nowhere(
    services: dict[str, str], home: dict[str, str], tmp_path: Path, models: Path
) -> None:
    env = {**os.environ, **services, **home}
    del env["TONNY_TTS__API_KEY"]
    arguments = command(
        "run", "--microphone", QUESTION, "--speaker", "none",
        "--json", "--log-level", "debug",
    )  # fmt: skip
    with subprocess.Popen(
        arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as agent:
        assert agent.stdout is not None
        said = b""
        for line in agent.stdout:
            said += line
            if b'"spoken"' in line:
                break
        seen = b"".join(_public(process) for process in _family(agent.pid))
        limits = Path(f"/proc/{agent.pid}/limits").read_text()
        agent.send_signal(signal.SIGTERM)
        out, err = agent.communicate(timeout=60)
    assert agent.returncode in {0, 143}, err
    # It was used: the stand-in speaks to nobody without its key.
    assert {e["voice"] for e in events(said + out, "spoken")} == {"elevenlabs"}
    assert [
        line.split()[4:6] for line in limits.splitlines() if "core file" in line
    ] == [["0", "0"]]
    for arguments in (["secrets", "list"], ["config", "show"], ["log", "--json"]):
        done = run_agent(*arguments, env=home)
        assert done.returncode == 0, done.stderr
        out += done.stdout + done.stderr
    written = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    for canary in (CANARY.encode(), KEY.encode()):
        assert canary not in said + out + err
        assert canary not in written
        assert canary not in seen


def _family(pid: int) -> Iterator[Path]:
    """The process, and those that it has started."""
    process = Path(f"/proc/{pid}")
    yield process
    for task in process.glob("task/*/children"):
        with suppress(ProcessLookupError, FileNotFoundError):
            for child in task.read_text().split():
                yield from _family(int(child))


def _public(process: Path) -> bytes:
    found = b""
    for name in ("cmdline", "environ"):
        with suppress(ProcessLookupError, FileNotFoundError):  # it has ended meanwhile
            found += (process / name).read_bytes()
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
@pytest.mark.parametrize(
    ("given", "dumpable"),
    [
        ({}, 1),
        ({"TONNY_TTS__API_KEY": CANARY}, 0),
        ({"TONNY_TTS__API_KEY": CANARY, "TONNY_LOG__INSPECTABLE": "true"}, 1),
        ({"TONNY_TTS__API_KEY": CANARY, "TONNY_AUDIO__HOTKEY": "<ctrl>+a"}, 1),
    ],
)
def test_who_holds_secrets_is_not_looked_into(
    given: dict[str, str], dumpable: int, tmp_path: Path
) -> None:
    program = (
        "import ctypes; from agent.cli.common import settings; settings(None);"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    home = {"XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **given, **home},
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) == dumpable


def test_on_a_terminal_it_is_asked_for_unseen(tmp_path: Path) -> None:
    name = ("secrets", "set", "tts.api_key", "--config", tmp_path / "agent.toml")
    with on_terminal(*name, env={}) as terminal:
        terminal.answer("unseen", CANARY)
        assert terminal.status() == 0
        assert CANARY not in terminal.shown
    assert CANARY in (tmp_path / "secrets.toml").read_text()
