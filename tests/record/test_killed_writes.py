"""Killed at each write to the disk in turn: what was told to be durable is."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.record.keeper import COUNT

WRITES = "pwrite64,fdatasync,fsync,ftruncate"
EVERY = 1 if os.environ.get("TONNY_SOAK") else 9


def strace(arguments: list[str], path: Path) -> list[str]:
    """The lines of a keeper under strace with these *arguments*."""
    tracer = shutil.which("strace")
    if tracer is None:
        pytest.skip("strace is not installed")
    done = subprocess.run(
        [
            *(tracer, "-f", "-o", str(path.with_suffix(".trace")), *arguments),
            *(sys.executable, "-m", "tests.record.keeper", str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip(f"strace may not trace here: {done.stderr.splitlines()[0]}")
    return done.stdout.splitlines()


def test_killed_at_any_write_nothing_that_was_told_is_lost(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    lines = strace(["-e", f"trace={WRITES}"], whole)
    assert len(lines) == COUNT + COUNT // 2
    trace = whole.with_suffix(".trace").read_text("utf-8")
    writes = sum("(" in line for line in trace.splitlines())
    assert writes > 20
    cut_short = 0
    for when in range(1, writes + 1, EVERY):
        path = tmp_path / f"{when}.db"
        inject = f"inject={WRITES}:signal=KILL:when={when}"
        told = strace(["-e", f"trace={WRITES}", "-e", inject], path)
        cut_short += len(told) < len(lines)
        _check(path, told)
    assert cut_short > 2


def _check(path: Path, told: list[str]) -> None:
    if not path.exists():
        assert told == []
        return
    with closing(sqlite3.connect(path)) as record:
        assert record.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        there = record.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'")
        rows = there.fetchone() and record.execute("SELECT id, state FROM outbox")
        states = dict(rows.fetchall()) if rows else {}
    kept = [line.split()[1] for line in told if line.startswith("kept")]
    settled = [line.split()[1] for line in told if line.startswith("settled")]
    assert set(kept) <= set(states)
    assert {states[name] for name in settled} <= {"answered"}
