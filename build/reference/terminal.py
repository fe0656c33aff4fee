"""What a program writes to a terminal, and when each line of it is to be seen."""

import fcntl
import math
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A *text* in a *row*, *since* and *until* a number of seconds."""

    row: int
    text: str
    since: float
    until: float = math.inf


def record(
    command: Sequence[str], columns: int, folder: Path, environ: Mapping[str, str]
) -> Iterator[tuple[float, str]]:
    """Run it on a terminal of its own: pieces of what it writes, and when."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("4H", 50, columns, 0, 0))
    with subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, cwd=folder, env=environ
    ) as process:
        os.close(its)
        began, rest = time.monotonic(), b""
        while piece := _read(ours):
            rest += piece
            text = rest.decode("utf-8", "ignore")
            rest = rest[len(text.encode()) :]
            yield time.monotonic() - began, text
        os.close(ours)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")


def lines(pieces: Iterable[tuple[float, str]], columns: int) -> Iterator[Line]:
    """What is to be seen, when: a carriage return and an erased line begin it anew."""
    row, current, since = 0, "", 0.0
    for at, piece in pieces:
        for sign in re.findall(r"\r\n|\r\x1b\[K|[^\r]+", piece):
            if sign == "\r\n":
                for part in _wrapped(current, columns):
                    yield Line(row, part, since)
                    row += 1
                current, since = "", at
            elif sign == "\r\x1b[K":
                yield Line(row, current, since, at)
                current, since = "", at
            else:
                since = since if current else at
                current += sign


def _wrapped(text: str, columns: int) -> list[str]:
    """As a terminal does it, without regard to words."""
    return [text[i : i + columns] for i in range(0, len(text), columns)] or [""]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the program has ended
        return b""
