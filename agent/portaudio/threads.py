"""Threads that can be given up, because PortAudio hangs when a sound daemon does."""

import atexit
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

import trio

from agent.errors import Unavailable

T = TypeVar("T")

_THREADS = trio.CapacityLimiter(8)
"""Audio's own: a hung library must not take the threads of anything else. It bounds
how many are left behind, too."""


async def in_thread(function: Callable[[], T], within: float) -> T:
    """What *function* returns. After *within* seconds it hangs: its thread is left
    behind, and `Unavailable` says so."""
    returned = threading.Event()

    def work() -> T:
        try:
            return function()
        finally:
            returned.set()

    try:
        with trio.fail_after(within):
            return await trio.to_thread.run_sync(
                work, abandon_on_cancel=True, limiter=_THREADS
            )
    except trio.TooSlowError:
        raise Unavailable("the sound system does not answer") from None
    finally:
        if not returned.is_set():
            leave_behind()


def leave_behind() -> None:
    """Call it when a thread hangs in PortAudio: at the program's end sounddevice would
    ask the library to finish, and that would hang, too."""
    sounddevice = sys.modules.get("sounddevice")
    if farewell := getattr(sounddevice, "_exit_handler", None):
        atexit.unregister(farewell)
