"""The program as a whole: its start, its memory, and what it costs to do nothing."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from agent.ports import RATE
from tests.bench.figures import Figure
from tests.bench.material import noise
from tests.standins.together import standing_in

_COMPILED = os.environ.get("TONNY_PROGRAM")
AGENT = [_COMPILED] if _COMPILED else [sys.executable, "-m", "agent"]
PYTHON = [sys.executable, "-c", "pass"]
ROUNDS = 7
IDLE_SECONDS = 10


def measure() -> Iterator[Figure]:
    yield from _starts()
    with tempfile.TemporaryDirectory() as folder:
        yield from _runs(Path(folder))


def _starts() -> Iterator[Figure]:
    for option in ("--version", "--help"):
        pairs = [(_wall([*AGENT, option]), _wall(PYTHON)) for _ in range(ROUNDS)]
        value, floor = (
            statistics.median(column) for column in zip(*pairs, strict=True)
        )
        yield Figure(option, value, floor, "ms", 120, "python -c pass")


def _wall(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - began)


def _runs(folder: Path) -> Iterator[Figure]:
    room = folder / "room.wav"
    with wave.open(str(room), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(noise(seconds=IDLE_SECONDS + 10, dbfs=-70))
    command = [*AGENT, "run", "--microphone", str(room), "--speaker", "none"]
    command += ["--data-dir", str(folder / "data"), "--json"]
    subprocess.run([*command, "--pace", "fast"], check=True, stdout=subprocess.DEVNULL)
    starts = [_until_listening(command) for _ in range(ROUNDS)]
    bare = [_wall([sys.executable, "-c", "import trio, numpy"]) for _ in range(ROUNDS)]
    yield Figure(
        "run, from its start to listening",
        statistics.median(starts),
        statistics.median(bare),
        "ms",
        500,
        "python with trio and numpy",
    )
    cpu, _ = _idle(command, {})
    yield Figure(
        "idle listening", cpu, _idle_thread(), "% of a core", 0.8, "a paced thread"
    )
    with ExitStack() as stack:
        remote = {**standing_in(stack), "PYTHONUNBUFFERED": "1"}
        _, rss = _idle(command, remote)
    yield Figure(
        "memory, with every remote service",
        rss,
        _bare_rss(),
        "MiB RSS",
        60,
        "python with trio and numpy",
    )


def _until_listening(command: list[str]) -> float:
    began = time.perf_counter()
    with _started(command, {}) as process:
        _wait_for(process, '"name":"microphone"')
        took = 1000 * (time.perf_counter() - began)
        process.kill()
    return took


def _started(command: list[str], more: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **more}
    )


def _wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise RuntimeError(f"the agent ended before it said {text}")


def _idle(command: list[str], more: dict[str, str]) -> tuple[float, float]:
    """Per cent of a core, and MiB resident, while nobody speaks."""
    with _started(command, more) as process:
        _wait_for(process, '"name":"microphone"')
        threading.Event().wait(2)  # start-up is over
        before = _cpu(process.pid)
        threading.Event().wait(IDLE_SECONDS)
        spent = _cpu(process.pid) - before
        rss = _rss(f"/proc/{process.pid}/status")
        process.terminate()
    return 100 * spent / IDLE_SECONDS, rss


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(status: str) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(status).read_text())
    assert found is not None
    return int(found[1]) / 1024


def _bare_rss() -> float:
    code = "import trio, numpy; print(open('/proc/self/status').read())"
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"VmRSS:\s+(\d+) kB", out)
    assert found is not None
    return int(found[1]) / 1024


def _idle_thread() -> float:
    code = (
        "import threading, time\n"
        "pause = threading.Event(); due = time.monotonic()\n"
        f"began = time.process_time(); end = due + {IDLE_SECONDS}\n"
        "while due < end:\n"
        "    due += 0.032; pause.wait(max(0, due - time.monotonic()))\n"
        f"print(100 * (time.process_time() - began) / {IDLE_SECONDS})"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return float(out.stdout)
