"""A level meter of one line, for a terminal or for a file."""

import shutil
from typing import TextIO

from agent.events import Level

_LOWEST = -72.0  # dBFS at the left end of the bar
_WIDEST, _NARROWEST = 60, 10


class MeterLine:
    """Redrawn in place on a terminal; a line a second elsewhere."""

    def __init__(self, out: TextIO, hz: float) -> None:
        self._out = out
        self._live = out.isatty()
        self._every = 1 if self._live else max(1, round(hz))
        self._shown = 0

    def show(self, level: Level) -> None:
        self._shown += 1
        if self._shown % self._every:
            return
        text = drawn(level, shutil.get_terminal_size().columns - 1)
        self._out.write(f"\r{text}\x1b[K" if self._live else f"{text}\n")
        self._out.flush()

    def end(self) -> None:
        """Leave the last state on the screen."""
        if self._live and self._shown:
            self._out.write("\n")
            self._out.flush()


def drawn(level: Level, columns: int) -> str:
    """*level* in *columns* at most: ``█`` up to the mean, ``│`` at the room's noise and
    ``▏`` at the peak, then the same as numbers, a voice, and clipping."""
    state = "CLIPPING" if level.clipping else "voice" if level.voiced else ""
    facts = f"{level.rms:6.1f} dBFS  peak {level.peak:6.1f}  noise {level.floor:6.1f}"
    width = min(_WIDEST, columns - len(facts) - 12)
    if width < _NARROWEST:
        return f"{facts}  {state:8}".rstrip()[:columns]
    return f"{_bar(level, width)} {facts}  {state:8}".rstrip()


def _bar(level: Level, width: int) -> str:
    cells = ["█"] * _cells(level.rms, width)
    cells += ["·"] * (width - len(cells))
    for value, sign in ((level.floor, "│"), (level.peak, "▏")):
        cells[min(width - 1, _cells(value, width))] = sign
    return "".join(cells)


def _cells(decibels: float, width: int) -> int:
    """How many of *width* cells a level fills."""
    return round(width * min(1.0, max(0.0, 1 - decibels / _LOWEST)))
