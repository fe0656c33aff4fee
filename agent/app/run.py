"""The whole agent: it listens until the microphone ends or someone stops it."""

import os
import signal
import threading

import trio

from agent import memory
from agent.app.conversation import Conversation
from agent.app.session import Session, open_session
from agent.app.setup import Setup
from agent.app.voices import cancelling
from agent.desktop.instance import only_instance

SHUTDOWN_WITHIN = 5.0
"""Seconds from the first signal to the end, whatever hangs."""


async def run(setup: Setup) -> int:
    """Converse until the microphone ends (0) or a signal comes (128 + its number).

    Raises `AlreadyRunning`, `Unavailable` without a microphone, `Misconfigured`,
    or, in a group, the bug that an essential service kept crashing with.
    """
    memory.share_one_heap()
    status = 0

    async def stop_on_signal(session: Session, scope: trio.CancelScope) -> None:
        nonlocal status
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for number in signals:
                if status:  # asked twice: now
                    os._exit(status)
                status = 128 + number
                _exit_within(SHUTDOWN_WITHIN, status)
                session.reason = f"stopped by {signal.Signals(number).name}"
                scope.cancel()

    with only_instance(setup.folder):
        async with (
            open_session(
                setup.folder, setup.config, setup.onlookers, alone=True
            ) as session,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(stop_on_signal, session, nursery.cancel_scope)
            conversation = await converse(setup, session)
            await conversation.hold()
            nursery.cancel_scope.cancel()
    return status


async def converse(setup: Setup, session: Session) -> Conversation:
    """A conversation that is about to begin."""
    return Conversation(setup, session, cancelled=await _is_cancelled(setup))


async def _is_cancelled(setup: Setup) -> bool:
    """Whether the operating system takes our voice out of what is heard."""
    if not (setup.microphone.live and setup.speaker.audible):
        return False
    return await cancelling(setup.config.audio) == "yes"


def _exit_within(seconds: float, status: int) -> None:
    """A hung audio library or disk must not keep the process: it is asked, then told."""
    deadline = threading.Timer(seconds, os._exit, [status])
    deadline.daemon = True
    deadline.start()
