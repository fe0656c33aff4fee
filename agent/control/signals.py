"""Signals that drive Tonny, and need no socket: SIGUSR2 is a key for push-to-talk
(``pkill -USR2 tonny-agent``), and SIGHUP has the settings read again."""

import logging
import signal
from collections.abc import Callable

import trio

from agent.errors import AgentError

logger = logging.getLogger(__name__)


async def obey_signals(
    toggle: Callable[[], None],
    reload: Callable[[], str],
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call *toggle* or *reload* whenever their signal comes, which would end the
    process otherwise.

    Signals that come faster than they are seen count as one.
    """
    with trio.open_signal_receiver(signal.SIGUSR2, signal.SIGHUP) as signals:
        task_status.started()
        async for number in signals:
            if number == signal.SIGUSR2:
                toggle()
                continue
            try:
                logger.warning("read again: %s", reload())
            except AgentError as exc:
                logger.warning(
                    "the settings stay as they are: %s", exc
                )  # the user's mistake
