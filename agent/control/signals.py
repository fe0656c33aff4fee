"""SIGUSR2 is a key for push-to-talk that needs no socket: ``pkill -USR2 tonny-agent``."""

import signal
from collections.abc import Callable

import trio


async def toggle_on_signal(
    toggle: Callable[[], None],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call *toggle* whenever SIGUSR2 comes, which would end the process otherwise.

    Signals that come faster than they are seen count as one.
    """
    with trio.open_signal_receiver(signal.SIGUSR2) as signals:
        task_status.started()
        async for _ in signals:
            toggle()
