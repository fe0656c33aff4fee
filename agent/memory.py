"""What glibc and the collector need to be told by a program that runs for months."""

import ctypes
import gc
import os
import sys
from pathlib import Path

_M_ARENA_MAX = -8  # malloc.h


def share_one_heap() -> None:
    """Before any thread starts: glibc would give each a heap of its own, and what a
    library allocates while it loads in a thread would never come back."""
    if sys.platform == "linux":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def settle_down() -> None:
    """Once all is loaded: give back what loading needed, and spare the collector what
    stays, because a long collection is heard as a gap."""
    gc.collect()
    gc.freeze()
    give_back()


def give_back() -> None:
    """What is free: glibc keeps it, and what it keeps grows by the hour."""
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def resident() -> int:
    """Bytes of memory that this process holds; 0 where nobody can tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
