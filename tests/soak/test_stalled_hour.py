"""Memory stays flat while every service is stalled: with ``TONNY_SOAK=1`` for an hour."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.soak.stalled_hour import Report

LONG = bool(os.environ.get("TONNY_SOAK"))
SETTLED, END = (10, 60) if LONG else (4, 8)
"""Minutes; by the first all has been loaded and every buffer is full."""

CHILD = [sys.executable, "-m", "tests.soak.stalled_hour"]

ROOM = 1 << 20
"""Bytes by which it may grow from then on."""


@pytest.mark.parametrize("how", ["all", "deaf"] if LONG else ["deaf"])
def test_memory_is_flat_while_services_stall(
    how: str, tmp_path: Path, models: Path
) -> None:
    done = subprocess.run(
        [*CHILD, str(tmp_path), how, str(SETTLED), str(END)],
        env={**os.environ, "TONNY_MODELS_DIR": str(models)},
        capture_output=True,
        check=True,
    )
    report = msgspec.json.decode(done.stdout.splitlines()[-1], type=Report)
    print(report)  # see pytest -rP
    assert report.happened["SpeechStarted"] > 5 * END
    grown = report.resident[f"{END}"] - report.resident[f"{SETTLED}"]
    assert grown <= ROOM, f"{grown / ROOM:.1f} MiB"
