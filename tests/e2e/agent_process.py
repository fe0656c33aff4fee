"""The real program as a child process, and what it said."""

import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import Any

RATE = 16_000
LIMIT = 120
"""Seconds after which a test gives up on the program."""


def run_agent(
    *arguments: object, env: dict[str, str] | None = None, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(*arguments),
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )


def command(*arguments: object) -> list[str]:
    """The program from source, or the compiled one that TONNY_PROGRAM names."""
    compiled = os.environ.get("TONNY_PROGRAM")
    program = [compiled] if compiled else [sys.executable, "-m", "agent"]
    return [*program, *map(str, arguments)]


def events(output: bytes, kind: str | None = None) -> list[dict[str, Any]]:
    """The events in *output* of ``run --json``."""
    found = [json.loads(line)["event"] for line in output.splitlines()]
    return [event for event in found if kind is None or event["event"] == kind]


def write_wav(path: Path, pieces: Iterable[bytes], rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        for piece in pieces:
            out.writeframes(piece)
    return path


def silence(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE))


def word_errors(said: str, heard: str) -> int:
    """Words to change, add or take away to make one the other (Levenshtein)."""
    old, new = _words(said), _words(heard)
    row = list(range(len(new) + 1))
    for i, word in enumerate(old, 1):
        above, row[0] = row[0], i
        for j, other in enumerate(new, 1):
            above, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, above + (word != other)),
            )
    return row[-1]


def _words(text: str) -> list[str]:
    kept = "".join(c if c.isalnum() or c in " '" else " " for c in text.lower())
    return kept.split()
