"""How soon Tonny answers while strangers speak garbage on its sockets: the whole
program, with its embedded engines, hears a recording at the pace of life."""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from agent.control.place import places
from agent.demo import QUESTION
from tests.bench.figures import Figure
from tests.bench.process import AGENT
from tests.control.pestering import CROWD, pestered

ROUNDS = 2
"""Of three questions each."""


def measure() -> Iterator[Figure]:
    alone, among = list[float](), list[float]()
    for _ in range(ROUNDS):
        alone += _answers(strangers=False)
        among += _answers(strangers=True)
    yield Figure(
        f"end of speech to the answer's sound, {CROWD} strangers a socket, p50",
        1000 * statistics.median(among),
        1000 * statistics.median(alone),
        "ms",
        1000 * max(alone),
        "without them (goal: its slowest)",
    )


def _answers(*, strangers: bool) -> list[float]:
    """Seconds from the end of speech until there is something to hear."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name, ExitStack() as stack:
        data = str(Path(name) / "data")
        runtime = {"XDG_RUNTIME_DIR": name, "PYTHONUNBUFFERED": "1"}
        arguments = ["--microphone", str(QUESTION), "--speaker", "none", "--json"]
        process = stack.enter_context(
            subprocess.Popen(
                [*AGENT, "run", "--data-dir", data, *arguments],
                stdout=subprocess.PIPE,
                env={**os.environ, **runtime},
            )
        )
        assert process.stdout is not None
        took, crowd = list[float](), None
        for line in process.stdout:
            event = msgspec.json.decode(line)["event"]
            if strangers and event.get("name") == "events":
                os.environ["XDG_RUNTIME_DIR"] = name
                control = places(data)[0][1]
                feed = control.removesuffix(".sock") + ".feed"
                crowd = stack.enter_context(pestered([control, feed]))
                strangers = False
            if event["event"] == "timed" and event["first_audio"] is not None:
                took.append(event["first_audio"])
    if strangers or (crowd is not None and crowd.connected < CROWD):
        raise RuntimeError("the strangers did not come")
    return took
