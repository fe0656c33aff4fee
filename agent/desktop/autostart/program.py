"""What starts this very program, and whether it may be relied on at every log-in."""

import os
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from agent import executable

_STARTS_WITHIN = 30.0
"""Seconds for ``--version``; a single file unpacks itself when it is first started."""


class Start(msgspec.Struct, frozen=True):
    """A *command* line, of which the first *words* name the program. *single*: it is a
    single file, which unpacks itself elsewhere."""

    command: tuple[str, ...]
    words: int = 1
    single: bool = False

    def given(self, *arguments: str) -> "Start":
        return msgspec.structs.replace(self, command=(*self.command, *arguments))


_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')


def plainly(command: tuple[str, ...], refused: str) -> tuple[str, ...]:
    """*command* for those who start no program with one of the signs *refused* in its
    path, though they may be in an argument."""
    return (*_SHELL, *command) if set(command[0]) & {*refused} else command


def really(command: tuple[str, ...]) -> tuple[str, ...]:
    """What was given to `plainly`."""
    count = len(_SHELL)
    return command[count:] if command[:count] == _SHELL else command


def this_program() -> Start:
    """By absolute paths: the executable, the console script, or ``python -m agent``."""
    if executable.COMPILED:
        single = executable.single_file() is not None
        return Start((str(executable.path()),), single=single)
    script = Path(sysconfig.get_path("scripts"), "tonny-agent")
    if script.is_file():
        return Start((str(script),))
    return Start((os.path.abspath(sys.executable), "-m", "agent"), words=3)  # noqa: PTH100 # a link is a venv's own


def unfit(start: Start, temporary: Sequence[Path] | None = None) -> str:
    """Why *start* cannot be relied on; empty where it can."""
    path = Path(start.command[0])
    if not path.is_file():
        return f"{path} is not there any more: start it from where it is now"
    if any(not text.isprintable() or _is_broken(text) for text in start.command):
        return f"{str(path)!r} has signs in its name that no start file can hold"
    places = _temporary() if temporary is None else temporary
    for each in dict.fromkeys((path, path.resolve())):
        for place in places:
            if each.is_relative_to(place):
                return (
                    f"{each} is in {place}, which is emptied now and then: move it to"
                    " a place of its own, such as ~/.local/bin"
                )
        for part in (each, *each.parents):
            if _is_open_to_all(part):
                return (
                    f"anyone on this computer could replace {each}, for {part} is"
                    f" writable by all: chmod o-w '{part}', or move it"
                )
    return _cannot_start(start)


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character < "\ue000" for character in text)


def _temporary() -> Iterator[Path]:
    var = Path("/var")
    for place in (tempfile.gettempdir(), "/tmp", var / "tmp", "/dev/shm", "/run/user"):  # noqa: S108 # nothing is written there
        yield Path(place)
        yield Path(place).resolve()


def _is_open_to_all(path: Path) -> bool:
    """Where entries of others may not be replaced (the sticky bit), it is not."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return bool(mode & stat.S_IWOTH) and not (
        stat.S_ISDIR(mode) and mode & stat.S_ISVTX
    )


def _cannot_start(start: Start) -> str:
    """Why it does not start from just anywhere, as it will at log-in."""
    command = [*start.command[: start.words], "--version"]
    try:
        done = subprocess.run(
            command, cwd="/", capture_output=True, timeout=_STARTS_WITHIN, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"{command[0]} does not start: {exc}"
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        return (
            f"{' '.join(command)} does not start: {told[-1] if told else 'no reason'}"
        )
    return ""
