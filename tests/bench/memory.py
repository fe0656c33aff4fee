"""What an hour costs in memory in which every service is stalled."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator

import msgspec

from tests.bench.figures import Figure
from tests.soak.stalled_hour import Report

FROM, TO = "10", "60"  # minutes of virtual time


def measure() -> Iterator[Figure]:
    # Where only the speaker works, questions pile up, and a list of them with it.
    for how, goal in ("all", 1.0), ("deaf", 1.0), ("but-the-speaker", None):
        with tempfile.TemporaryDirectory() as folder:
            child = [sys.executable, "-m", "tests.soak.stalled_hour"]
            done = subprocess.run(
                [*child, folder, how, FROM, TO], check=True, capture_output=True
            )
        resident = msgspec.json.decode(done.stdout, type=Report).resident
        yield Figure(
            f"memory from minute {FROM} to {TO}, stalled: {how}",
            (resident[TO] - resident[FROM]) / (1 << 20),
            0,
            "MiB RSS",
            goal,
            "flat",
        )
