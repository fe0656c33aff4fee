"""Where the build happens, and where it puts what it makes."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build/out"
"""What was made; git ignores it."""

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
WORK = Path(os.environ.get("TONNY_BUILD_DIR") or _CACHE / "tonny-agent/build")
"""One folder for all checkouts: paths end up in compilers' caches and in programs, so
the same ones make the next build fast, and two builds alike."""

PYTHON = WORK / "venv/bin/python"
PORTAUDIO = WORK / "portaudio"
MODELS = WORK / "models"
NAME = "tonny-agent"


def version() -> str:
    found = re.search(
        r'^__version__ = "(.+)"$',
        (ROOT / "agent/__init__.py").read_text(),
        re.MULTILINE,
    )
    if found is None:
        raise SystemExit("tonny: agent/__init__.py names no version")
    return found[1]


def commit_time() -> int:
    """Seconds since 1970 of the commit that is built: the only time in what is made."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    shown = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(shown, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 else 1_700_000_000


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time in `WORK`."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(*command: object, cwd: Path = ROOT, **environment: str) -> None:
    """Run *command*; what it says goes to a log, and to the terminal if it fails."""
    WORK.mkdir(parents=True, exist_ok=True)
    words = [str(word) for word in command]
    log = WORK / f"{Path(words[0]).name}.log"
    with log.open("w+") as file:
        done = subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            file.seek(0)
            sys.stderr.write("".join(line[:400] for line in file.readlines()[-60:]))
            raise SystemExit(f"tonny: that failed: {' '.join(words)[:200]} ({log})")


def say(text: str) -> None:
    print(f"tonny: {text}", file=sys.stderr, flush=True)
