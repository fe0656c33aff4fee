"""The user's first minute, with what was built, where nothing else is.

Each step says what it did and how long that took. The first that fails ends it.
"""

import json
import shutil
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
from download.bareroot import DESK, HOME
from download.places import ROOT, version

QUESTION = ROOT / "agent/demo/question.wav"
HEARD = [
    "What time is it?",
    "What can you do?",
    "Please remind me to water the plants tomorrow.",
]
CARRIED = ("models", "sqlite", "vad", "echo", "stt.moonshine", "tts.pico")
"""What doctor calls the parts that travel inside."""

BUSY, STOPPED = 75, 128 + signal.SIGTERM
STOP_WITHIN = 5.0
LIMIT = 90.0


class Failed(Exception):
    """A step did not go as it should."""


class Desk:
    """The bare root, with *program* in it."""

    def __init__(self, root: Path, program: str, real: str = "") -> None:
        self._root = root
        self.program = program
        self.real = real or program  # where *program* is a link

    def path(self, name: str) -> Path:
        return self._root / DESK.lstrip("/") / name

    def clear(self) -> None:
        """As if nobody had used it."""
        for path in self.path("").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def command(self, *arguments: str, home: str = HOME) -> list[str]:
        return bareroot.inside(self._root, (self.program, *arguments), HOME=home)

    def run(self, *arguments: str, expect: int | None = 0, home: str = HOME) -> str:
        """What it prints; fails with any other exit status than *expect*ed."""
        done = subprocess.run(
            self.command(*arguments, home=home),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        _require(
            expect is None or done.returncode == expect,
            f"{' '.join(arguments)} exits {done.returncode}, not {expect}:\n"
            f"{done.stdout[-2000:]}{done.stderr[-2000:]}",
        )
        _require("Traceback" not in done.stderr, done.stderr[-4000:])
        self.said = done.stderr
        return done.stdout


def says_its_version(desk: Desk) -> None:
    _same(desk.run("--version"), f"tonny-agent {version()}\n")


def helps(desk: Desk) -> None:
    shown = desk.run("--help")
    for command in COMMANDS:
        _require(f"\n  {command} " in shown, f"--help does not name {command}")
        _require("Usage:" in desk.run(command, "--help"), f"{command} --help")


def is_well(desk: Desk) -> None:
    """All that it carries works; of the rest, only sound is missing."""
    report = json.loads(desk.run("doctor", "--json", *DATA, expect=None))
    found = {each["code"]: each for each in report["findings"]}
    for code in (*CARRIED, "certificates"):
        # a busy machine is told to be slow, and that is no fault of what is carried
        finding = found.get(code) or found.get(f"{code}.slow") or {"severity": "none"}
        _require(finding["severity"] in {"ok", "note"}, f"{code}: {finding} {report}")
    _require(
        "Tonny carries" in found["certificates"]["title"], str(found["certificates"])
    )
    faults = {code for code, each in found.items() if each["severity"] == "fault"}
    _require(faults <= {"microphone", "speaker", "level"}, f"doctor finds {faults}")


def looks_for_devices(desk: Desk) -> None:
    shown = desk.run("devices")
    _require("Microphones:\n  none" in shown, shown)


def converses(desk: Desk) -> None:
    desk.path("question.wav").write_bytes(QUESTION.read_bytes())
    files = ("--microphone", "question.wav", "--speaker", "Antwort für Zoë.wav")
    output = desk.run("run", *files, "--pace", "fast", "--json", *DATA)
    happened = [json.loads(line)["event"] for line in output.splitlines()]
    _same([each["text"] for each in happened if each["event"] == "heard"], HEARD)
    voices = {each["voice"] for each in happened if each["event"] == "spoken"}
    _same(voices, {"pico"})
    _has_sound(desk.path("Antwort für Zoë.wav"), at_least=5.0)


def speaks(desk: Desk) -> None:
    desk.run("say", "The quick brown fox.", "--speaker", "said.wav", *DATA)
    _has_sound(desk.path("said.wav"), at_least=0.8)
    said = desk.run("transcribe", "said.wav").lower()
    _require("quick brown fox" in said, f"it said {said!r}")


def remembers(desk: Desk) -> None:
    _require(
        HEARD[2] in desk.run("log", *DATA), "the conversation is not in the record"
    )


def writes_its_configuration(desk: Desk) -> None:
    desk.run("config", "init", "--config", "agent.toml")
    desk.run("config", "check", "--config", "agent.toml")


def refuses_a_read_only_home(desk: Desk) -> None:
    """Without a place to write to it says which one, and how to name another."""
    desk.run("say", "Hello.", "--speaker", "none", expect=78)
    _require(
        "--data-dir" in desk.said
        or "TONNY_DATA_DIR" in desk.said
        or "another one" in desk.said,
        desk.said,
    )


def runs_once_and_stops(desk: Desk) -> None:
    with _agent(desk) as first:
        desk.run("run", *SILENCE, *DATA, expect=BUSY)
        _require("already running" in desk.said, desk.said)
        standing = desk.run("status", *DATA)
        _require("microphone" in standing, standing)
        begun = time.monotonic()
        first.send_signal(signal.SIGTERM)
        _same(first.wait(STOP_WITHIN + 1), STOPPED)
        _require(time.monotonic() - begun < STOP_WITHIN, "it took too long to stop")


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
        _require(done.returncode == 0, done.stderr[-500:])


def starts_at_log_in(desk: Desk) -> None:
    """Where no systemd answers, the desktop is told."""
    desk.run("autostart", "enable", home=DESK)
    standing = json.loads(desk.run("autostart", "status", "--json", home=DESK))
    _require(standing["enabled"], str(standing))
    _same(standing["command"][0], desk.real)
    desk.run("autostart", "disable", home=DESK)
    standing = json.loads(desk.run("autostart", "status", "--json", home=DESK))
    _require(not standing["enabled"], str(standing))


def leaves_nothing(desk: Desk) -> None:
    desk.run("say", "Hello.", "--speaker", "none", home=DESK)
    _require(desk.path(".local/share/tonny-agent").is_dir(), "there is no record")
    desk.run("uninstall", "--purge", "--yes", home=DESK)
    left = [path for path in desk.path("").rglob("*") if "tonny-agent" in path.name]
    _require(not left, f"it leaves {left}")


STEPS: tuple[Callable[[Desk], None], ...] = (
    says_its_version,
    helps,
    is_well,
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
    _require(seconds >= at_least, f"{path.name} lasts {seconds:.1f} s")
    loudness = (sum(each * each for each in samples) / len(samples)) ** 0.5
    _require(loudness > 300, f"{path.name} is silent ({loudness:.0f})")


def _same(found: object, wanted: object) -> None:
    _require(found == wanted, f"found {found!r}, wanted {wanted!r}")


def _require(true: bool, otherwise: str) -> None:
    if not true:
        raise Failed(otherwise)
