"""Whether SQLite's write-ahead log is whole: where it is not, SQLite says nothing, and
forgets what was in it.

The format: https://sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from pathlib import Path
from typing import TypeAlias

_HEADER, _FRAME = 32, 24
"""Bytes, before the first frame and before the page in each."""

_MAGIC = 0x377F0682

_LARGEST = 32 << 20
"""Of a larger one only the beginning is looked at; SQLite keeps it at some 4 MB."""

_Sum: TypeAlias = tuple[int, int]


def fault_of_log(record: Path) -> str | None:
    """What is damaged in the log beside *record*, which nobody may be using; None if
    nothing is, or if there is none. Raises `OSError` where it cannot be read."""
    try:
        with Path(f"{record}-wal").open("rb") as file:
            log = file.read(_LARGEST)
    except FileNotFoundError:
        return None
    if len(log) < _HEADER:
        return None  # it had only just been begun
    magic, _, size, _ = struct.unpack(">4I", log[:16])
    if magic & ~1 != _MAGIC:
        return "it does not begin as SQLite's do"
    order = ">" if magic & 1 else "<"
    so_far = _summed(log[:24], order, (0, 0))
    if so_far != struct.unpack(">2I", log[24:_HEADER]):
        return "its beginning is damaged"
    broken = 0
    for number, at in enumerate(range(_HEADER, len(log), _FRAME + size), 1):
        frame = log[at : at + _FRAME + size]
        if len(frame) < _FRAME + size or frame[8:16] != log[16:24]:
            break  # from here on it is of an earlier log, if of any
        if not broken:
            so_far = _summed(frame[_FRAME:], order, _summed(frame[:8], order, so_far))
            broken = 0 if so_far == struct.unpack(">2I", frame[16:_FRAME]) else number
        # What breaks off at the end is a transaction that was never finished.
        if broken and number > broken and any(frame[4:8]):
            return f"it is damaged from page {broken} on"
    return None


def _summed(data: bytes, order: str, so_far: _Sum) -> _Sum:
    """SQLite's checksum, of *data* after what was summed up *so_far*."""
    first, second = so_far
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
