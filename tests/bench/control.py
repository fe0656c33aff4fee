"""Commands to a running agent, beside a raw ping-pong of ZeroMQ; with garbage on its
sockets, too; and what a command takes with its own start-up."""

import importlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zmq

from agent.control.place import places
from tests.bench.figures import Figure
from tests.control.pestering import CROWD, pestered

ROUND_TRIPS, STARTS = 500, 15
_MODE = b'{"command":"mode","mode":"voice","version":1}'


def measure() -> Iterator[Figure]:
    importlib.import_module("zmq")
    with tempfile.TemporaryDirectory(dir="/tmp") as name, _agent(Path(name)) as paths:
        control, events = paths
        with _raw() as raw:
            ours, floor = [*_both(control, raw)]
            yield Figure(
                "a command's round trip, p50", ours, floor, "ms", 2, "raw ZeroMQ"
            )
            with pestered([control, events]):
                busy, floor = [*_both(control, raw)]
            yield Figure(
                f"the same, with {CROWD} garbage clients on each socket",
                busy, ours, "ms", 2, "without them",
            )  # fmt: skip
        yield _start(Path(name))


def _both(control: str, raw: str) -> Iterator[float]:
    """Ours and the floor, in turns."""
    with zmq.Context() as context:
        ours, theirs = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
        for client, path in ((ours, control), (theirs, raw)):
            client.linger, client.rcvtimeo = 0, 5000
            client.connect(f"ipc://{path}")
        took: tuple[list[float], list[float]] = [], []
        for _ in range(ROUND_TRIPS):
            for client, times in zip((ours, theirs), took, strict=True):
                began = time.perf_counter()
                client.send(_MODE)
                client.recv()
                times.append(1000 * (time.perf_counter() - began))
        ours.close()
        theirs.close()
    return (statistics.median(times) for times in took)


@contextmanager
def _raw() -> Iterator[str]:
    code = (
        "import sys, zmq\n"
        "s = zmq.Context().socket(zmq.ROUTER); s.bind('ipc://' + sys.argv[1])\n"
        "while True: s.send_multipart(s.recv_multipart())\n"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        path = f"{name}/raw"
        with subprocess.Popen([sys.executable, "-c", code, path]) as pong:
            yield path
            pong.kill()


@contextmanager
def _agent(folder: Path) -> Iterator[tuple[str, str]]:
    quiet = folder / "quiet.wav"
    with wave.open(str(quiet), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(2 * 16_000 * 300))
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    arguments = ["run", "--microphone", quiet, "--speaker", "none", "--json"]
    command = [sys.executable, "-m", "agent", *map(str, arguments)]
    data = ["--data-dir", str(folder / "data")]
    with subprocess.Popen([*command, *data], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b'"name":"control"' in line:
                break
        drain = threading.Thread(target=process.stdout.read)
        drain.start()
        path = places(str(folder / "data"))[0][1]
        yield path, path.removesuffix(".sock") + ".feed"
        process.terminate()
        drain.join()


def _start(folder: Path) -> Figure:
    def run(arguments: list[str]) -> Callable[[], object]:
        command = [sys.executable, *arguments]
        return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    tell = ["-m", "agent", "status", "--data-dir", str(folder / "data")]
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(STARTS):
        for name, each in (("ours", run(tell)), ("bare", run(["-c", "pass"]))):
            began = time.perf_counter()
            each()
            took[name].append(1000 * (time.perf_counter() - began))
    ours, bare = statistics.median(took["ours"]), statistics.median(took["bare"])
    return Figure("tonny-agent status, p50", ours, bare, "ms", 120, "a bare Python")
