"""The built program in the bare root, and how it is asked to do things there."""

import shutil
import subprocess
from pathlib import Path

from download import bareroot
from download.bareroot import DESK, HOME

LIMIT = 90.0
"""Seconds after which a command of the user's hangs."""


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
        require(
            expect is None or done.returncode == expect,
            f"{' '.join(arguments)} exits {done.returncode}, not {expect}:\n"
            f"{done.stdout[-2000:]}{done.stderr[-2000:]}",
        )
        require("Traceback" not in done.stderr, done.stderr[-4000:])
        # It complains of a library that is missing, and goes on.
        require("onnxruntime:" not in done.stderr, done.stderr[-4000:])
        self.said = done.stderr
        return done.stdout


def same(found: object, wanted: object) -> None:
    require(found == wanted, f"found {found!r}, wanted {wanted!r}")


def require(true: bool, otherwise: str) -> None:
    if not true:
        raise Failed(otherwise)
