"""A process that holds secrets keeps its memory to itself."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # prctl(2)


def leave_no_core() -> None:
    """A crash leaves no file with all that was in memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def hide() -> None:
    """No other program of this user may look into our memory and our environment: so
    neither may a debugger."""
    leave_no_core()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
