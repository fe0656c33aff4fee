"""`tonny-agent doctor` as its user sees it: what is planted is found, and well is well."""

import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_process import command, run_agent, silence, write_wav
from tests.e2e.doctor import CANARY, Env, diagnosed, faults, home
from tests.standins.together import standing_in

Plant = Callable[[Path, Env], None]
"""Does harm in a folder: ``data`` and ``home`` are in there, or in the environment."""


@pytest.fixture(scope="module")
def services() -> Iterator[Env]:
    with ExitStack() as stack:
        yield standing_in(stack)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, Env]:
    """A home of one's own, where all is well."""
    return tmp_path, home(tmp_path)


def test_a_healthy_computer_is_left_in_peace(
    place: tuple[Path, Env], services: Env, models: Path
) -> None:
    status, report = diagnosed({**place[1], **services})
    assert faults(report) == set()
    assert status == 0
    assert report["healthy"]


def _exposed_settings(folder: Path, env: Env) -> None:
    env["TONNY_CONFIG"] = str(folder / "agent.toml")
    (folder / "agent.toml").write_text(f'[tts]\nengine="pico"\napi_key = "{CANARY}"\n')
    (folder / "agent.toml").chmod(0o644)


def _open_folder(folder: Path, env: Env) -> None:
    (folder / "data").chmod(0o755)


def _open_record(folder: Path, env: Env) -> None:
    (folder / "data" / "tonny.log").touch(0o644)
    (folder / "data" / "tonny.log").chmod(0o644)


def _missing_model(folder: Path, env: Env) -> None:
    shutil.copytree(env["TONNY_MODELS_DIR"], folder / "models")
    (folder / "models" / "pico" / "en-GB_ta.bin").unlink()
    env["TONNY_MODELS_DIR"] = str(folder / "models")


def _wrong_hash(folder: Path, env: Env) -> None:
    shutil.copytree(env["TONNY_MODELS_DIR"], folder / "models")
    path = folder / "models" / "moonshine-tiny-en" / "tokenizer.bin"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    env["TONNY_MODELS_DIR"] = str(folder / "models")


def _test_url(folder: Path, env: Env) -> None:
    env["TONNY_WORKFLOW__URL"] = "http://127.0.0.1:9/webhook-test/tonny"


def _unknown_voice(folder: Path, env: Env) -> None:
    env["TONNY_TTS__VOICE"] = "Nobody has this name"


def _no_microphone(folder: Path, env: Env) -> None:
    env["TONNY_AUDIO__MICROPHONE"] = "no such microphone"


def _bad_hotkey(folder: Path, env: Env) -> None:
    env["TONNY_AUDIO__HOTKEY"] = "<ctrl>+<nothing>"


def _deaf_detector(folder: Path, env: Env) -> None:
    env["TONNY_VAD__THRESHOLD"] = env["TONNY_VAD__RELEASE"] = "1.0"


PLANTED: dict[Plant, set[str]] = {
    _exposed_settings: {"config.exposed"},
    _open_folder: {"data-folder.open"},
    _open_record: {"files.open"},
    _missing_model: {"models"},
    _wrong_hash: {"models"},
    _test_url: {"workflow.test_url"},
    _unknown_voice: {"tts.voice.refused"},
    _no_microphone: {"microphone", "microphone.absent", "audio", "audio.portaudio"},
    _bad_hotkey: {"config", "hotkey.keys"},
    _deaf_detector: {"vad"},
}
"""For each, at least one of these."""


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__.strip("_"))
def test_what_is_planted_is_found(
    plant: Plant, place: tuple[Path, Env], services: Env, models: Path
) -> None:
    folder, env = place[0], {**place[1], **services}
    plant(folder, env)
    status, report = diagnosed(env)
    found = faults(report)
    assert found & PLANTED[plant], report
    assert status == (78 if "config" in found else 1)


@contextmanager
def _running(folder: Path, env: Env, data: str) -> Iterator[subprocess.Popen[bytes]]:
    """An agent that hears nothing for a while; it can be told things."""
    room = write_wav(folder / "room.wav", [silence(90)])
    arguments = ["--microphone", room, "--speaker", "none", "--json"]
    with subprocess.Popen(
        command("run", "--data-dir", folder / data, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **env},
    ) as agent:
        assert agent.stdout is not None
        try:
            awaited = {b'"name":"control"', b'"name":"events"'}
            while awaited and (line := agent.stdout.readline()):
                awaited -= {name for name in awaited if name in line}
            yield agent
        finally:
            agent.kill()


def _agent(report: dict[str, Any]) -> dict[str, str]:
    """What is said of agents."""
    found = report["findings"]
    return {e["code"]: e["title"] for e in found if e["code"].startswith("agent")}


def test_two_agents_are_one_too_many(place: tuple[Path, Env], models: Path) -> None:
    folder, env = place
    with _running(folder, env, "other") as other:
        assert str(folder / "other") in _agent(diagnosed(env)[1])["agent.elsewhere"]
        with _running(folder, env, "data"):
            status, report = diagnosed(env)
    assert status == 1
    assert f"(process {other.pid})" in _agent(report)["agent.others"]
    assert "is running (" in _agent(report)["agent"]


def test_an_agent_that_is_silent_is_told_and_what_it_leaves_is_removed(
    place: tuple[Path, Env], models: Path
) -> None:
    folder, env = place
    with _running(folder, env, "data") as agent:
        agent.send_signal(signal.SIGSTOP)
        status, report = diagnosed(env)
    assert status == 1
    assert f"Process {agent.pid} has held" in _agent(report)["agent.silent"]
    left = {str(path) for path in (folder / "run" / "tonny-agent").iterdir()}
    assert len(left) == 2
    done = run_agent("doctor", "--json", "--fix", env=env)
    for path in left:
        assert f"removed {path}" in done.stderr.decode()
    assert not [*(folder / "run" / "tonny-agent").iterdir()]
    # Others of this computer may have left some too.
    assert "agent.silent" not in _agent(json.loads(done.stdout))


def test_what_is_safe_to_mend_is_mended(
    place: tuple[Path, Env], services: Env, models: Path
) -> None:
    folder, env = place[0], {**place[1], **services}
    _open_folder(folder, env)
    _open_record(folder, env)
    done = run_agent("doctor", "--json", "--fix", env=env)
    assert f"chmod 700 {folder / 'data'}" in done.stderr.decode()
    assert f"chmod 600 {folder / 'data' / 'tonny.log'}" in done.stderr.decode()
    assert done.returncode == 0, done.stdout.decode()


def test_settings_that_cannot_be_read_do_not_keep_it_from_the_rest(
    place: tuple[Path, Env], models: Path
) -> None:
    folder, env = place
    (folder / "agent.toml").write_text("[tts\nspeed = nine\n")
    status, report = diagnosed(env, "--config", str(folder / "agent.toml"))
    assert status == 78
    assert faults(report) == {"config.syntax"}
    assert "models" in [each["code"] for each in report["findings"]]


def test_few_open_files_are_told(place: tuple[Path, Env], models: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limited = ["prlimit", f"--nofile=128:{hard}", *command("doctor", "--json")]
    if shutil.which("prlimit") is None:
        pytest.skip("no prlimit")
    done = subprocess.run(
        limited, env={**os.environ, **place[1]}, capture_output=True, check=False
    )
    assert "limits.files" in faults(json.loads(done.stdout))
    assert done.returncode == 1


def test_a_terminal_sees_how_far_it_is(place: tuple[Path, Env], models: Path) -> None:
    script = shutil.which("script")
    if script is None:
        pytest.skip("no script(1) to make a terminal with")
    words = " ".join(command("doctor"))
    done = subprocess.run(
        [script, "-qec", words, "/dev/null"],
        env={**os.environ, **place[1]},
        capture_output=True,
        check=False,
    )
    assert b"checked 1 of" in done.stdout
    assert done.stdout.rstrip().endswith((b"All is well.", b"found."))
