"""The user's first minute, with what was built, where nothing else is.

Each step says what it did and how long that took. The first that fails ends it.
"""

import json
import signal
import subprocess
import sys
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.cli.overview import COMMANDS
from download import bareroot
from download.bareroot import DESK
from download.desk import LIMIT, Desk, Failed, require, same
from download.places import ROOT, version

QUESTION = ROOT / "agent/demo/question.wav"
HEARD = [
    "What time is it?",
    "What can you do?",
    "Please remind me to water the plants tomorrow.",
]
CARRIED = ("program", "models", "sqlite", "vad", "echo", "stt.moonshine", "tts.pico")
"""What doctor calls the parts that travel inside."""

BUSY, STOPPED = 75, 128 + signal.SIGTERM
STOP_WITHIN = 5.0


def says_its_version(desk: Desk) -> None:
    same(desk.run("--version"), f"tonny-agent {version()}\n")


def helps(desk: Desk) -> None:
    shown = desk.run("--help")
    for command in COMMANDS:
        require(f"\n  {command} " in shown, f"--help does not name {command}")
        require("Usage:" in desk.run(command, "--help"), f"{command} --help")


def is_well(desk: Desk) -> None:
    """All that it carries works; of the rest, only sound is missing."""
    report = json.loads(desk.run("doctor", "--json", *DATA, expect=None))
    found = {each["code"]: each for each in report["findings"]}
    for code in (*CARRIED, "certificates"):
        # a busy machine is told to be slow, and that is no fault of what is carried
        finding = found.get(code) or found.get(f"{code}.slow") or {"severity": "none"}
        require(finding["severity"] in {"ok", "note"}, f"{code}: {finding} {report}")
    require(
        "Tonny carries" in found["certificates"]["title"], str(found["certificates"])
    )
    faults = {code for code, each in found.items() if each["severity"] == "fault"}
    require(faults <= {"microphone", "speaker", "level"}, f"doctor finds {faults}")


def looks_for_devices(desk: Desk) -> None:
    shown = desk.run("devices")
    require("Microphones:\n  none" in shown, shown)


def converses(desk: Desk) -> None:
    desk.path("question.wav").write_bytes(QUESTION.read_bytes())
    files = ("--microphone", "question.wav", "--speaker", "Antwort für Zoë.wav")
    output = desk.run("run", *files, "--pace", "fast", "--json", *DATA)
    happened = [json.loads(line)["event"] for line in output.splitlines()]
    same([each["text"] for each in happened if each["event"] == "heard"], HEARD)
    voices = {each["voice"] for each in happened if each["event"] == "spoken"}
    same(voices, {"pico"})
    _has_sound(desk.path("Antwort für Zoë.wav"), at_least=5.0)


def speaks(desk: Desk) -> None:
    desk.run("say", "The quick brown fox.", "--speaker", "said.wav", *DATA)
    _has_sound(desk.path("said.wav"), at_least=0.8)
    said = desk.run("transcribe", "said.wav").lower()
    require("quick brown fox" in said, f"it said {said!r}")


def remembers(desk: Desk) -> None:
    require(HEARD[2] in desk.run("log", *DATA), "the conversation is not in the record")


def writes_its_configuration(desk: Desk) -> None:
    desk.run("config", "init", "--config", "agent.toml")
    desk.run("config", "check", "--config", "agent.toml")


def refuses_a_read_only_home(desk: Desk) -> None:
    """Without a place to write to it says which one, and how to name another."""
    desk.run("say", "Hello.", "--speaker", "none", expect=78)
    require(
        "--data-dir" in desk.said
        or "TONNY_DATA_DIR" in desk.said
        or "another one" in desk.said,
        desk.said,
    )


def runs_once_and_stops(desk: Desk) -> None:
    with _agent(desk) as first:
        desk.run("run", *SILENCE, *DATA, expect=BUSY)
        require("already running" in desk.said, desk.said)
        standing = desk.run("status", *DATA)
        require("microphone" in standing, standing)
        begun = time.monotonic()
        first.send_signal(signal.SIGTERM)
        same(first.wait(STOP_WITHIN + 1), STOPPED)
        require(time.monotonic() - begun < STOP_WITHIN, "it took too long to stop")


def shows_its_page(desk: Desk) -> None:
    with _agent(desk) as agent:
        address = desk.run("dashboard", "--no-browser", *DATA).strip()
        visitor = (sys.executable, "-I", "-S", str(VISITOR), address)
        done = subprocess.run(
            bareroot.beside(agent.pid, visitor),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        require(done.returncode == 0, done.stderr[-500:])


def starts_at_log_in(desk: Desk) -> None:
    """Where no systemd answers, the desktop is told."""
    desk.run("autostart", "enable", home=DESK)
    standing = json.loads(desk.run("autostart", "status", "--json", home=DESK))
    require(standing["enabled"], str(standing))
    same(standing["command"][0], desk.real)
    desk.run("autostart", "disable", home=DESK)
    standing = json.loads(desk.run("autostart", "status", "--json", home=DESK))
    require(not standing["enabled"], str(standing))


def leaves_nothing(desk: Desk) -> None:
    desk.run("say", "Hello.", "--speaker", "none", home=DESK)
    require(desk.path(".local/share/tonny-agent").is_dir(), "there is no record")
    desk.run("uninstall", "--purge", "--yes", home=DESK)
    left = [path for path in desk.path("").rglob("*") if "tonny-agent" in path.name]
    require(not left, f"it leaves {left}")


STEPS: tuple[Callable[[Desk], None], ...] = (
    says_its_version,
    is_well,
    helps,
    looks_for_devices,
    converses,
    speaks,
    remembers,
    writes_its_configuration,
    refuses_a_read_only_home,
    runs_once_and_stops,
    shows_its_page,
    starts_at_log_in,
    leaves_nothing,
)

DATA = ("--data-dir", f"{DESK}/données")
SILENCE = ("--microphone", "silence.wav", "--speaker", "none")
VISITOR = Path(__file__).with_name("visitor.py")


def first_minute(desk: Desk, *, show: bool = True) -> None:
    """All steps; raises `Failed` at the first that does not go as it should."""
    desk.clear()
    for step in STEPS:
        begun = time.monotonic()
        try:
            step(desk)
        except (Failed, OSError, ValueError, subprocess.TimeoutExpired) as exc:
            raise Failed(f"{_name(step)}: {exc}") from exc
        if show:
            print(f"  ✓ {_name(step):28} {time.monotonic() - begun:6.2f} s", flush=True)


def _name(step: Callable[[Desk], None]) -> str:
    return step.__name__.replace("_", " ")


@contextmanager
def _agent(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """The agent, in a silent room; it listens."""
    with wave.open(str(desk.path("silence.wav")), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(2 * 16_000 * 60))
    command = desk.command("run", *SILENCE, "--json", *DATA)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout or ():
                event: dict[str, Any] = json.loads(line)["event"]
                if event["event"] == "ready" and event["name"] == "microphone":
                    break
            else:
                raise Failed("it ended before it listened")
            yield process
        finally:
            process.kill()


def _has_sound(path: Path, at_least: float) -> None:
    with wave.open(str(path)) as file:
        samples = array("h", file.readframes(file.getnframes()))
        seconds = file.getnframes() / file.getframerate()
    require(seconds >= at_least, f"{path.name} lasts {seconds:.1f} s")
    loudness = (sum(each * each for each in samples) / len(samples)) ** 0.5
    require(loudness > 300, f"{path.name} is silent ({loudness:.0f})")
