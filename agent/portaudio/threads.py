"""Threads that can be given up, because PortAudio hangs when a sound daemon does."""

import atexit
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import trio

from agent.errors import Unavailable

T = TypeVar("T")


class Hung(Unavailable):
    """A sound library did not return; nobody knows whether it ever will."""


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
        raise Hung("the sound system does not answer") from None
    finally:
        if not returned.is_set():
            leave_behind()


async def acquire(
    make: Callable[[], T], release: Callable[[T], None], within: float
) -> T:
    """What *make* returns, as `in_thread`. What comes when nobody waits for it any more
    is released."""
    made: deque[T] = deque()
    given_up = threading.Event()

    def work() -> T:
        # Whoever was in there before us may have hung for too long.
        if given_up.is_set():
            raise Unavailable("nobody waits for it any more")
        thing = make()
        made.append(thing)
        if given_up.is_set():
            let_go()
        return thing

    def let_go() -> None:
        with suppress(IndexError):  # the other thread was faster
            release(made.pop())

    try:
        return await in_thread(work, within)
    except BaseException:
        given_up.set()
        with trio.CancelScope(shield=True), suppress(Unavailable):
            if made:
                await in_thread(let_go, within)
        raise


def leave_behind() -> None:
    """Call it when a thread hangs in PortAudio: at the program's end sounddevice would
    ask the library to finish, and that would hang, too."""
    sounddevice = sys.modules.get("sounddevice")
    if farewell := getattr(sounddevice, "_exit_handler", None):
        atexit.unregister(farewell)
