"""The running agent's side: a ROUTER of ZeroMQ, to which every message is one command.

A command is a frame of JSON, and so is the reply (`agent.control.commands`). Whoever
connects is of our own user, which the kernel says. What strangers to the protocol can
cost us is bounded: so many at a time, with so many bytes, and nobody waits for them.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import trio

from agent.control.commands import (
    AskText,
    Code,
    Command,
    Failed,
    Reply,
    decode_command,
    encode,
)
from agent.control.mailbox import Mailbox, open_mailbox
from agent.control.place import make_private, places
from agent.errors import AgentError, Misconfigured, Unavailable

logger = logging.getLogger(__name__)

LONGEST = 128 * 1024
"""Bytes of a command; whoever sends more is disconnected."""
ANSWER_WITHIN = 10.0
"""Seconds that carrying out a command may take."""
ANSWERED_WITHIN = 660.0
"""Seconds that the answer to a question may take: no workflow may take longer."""
AT_A_TIME = 16
_WAITING = 64
"""Messages that wait for each peer, and of each."""

Handle: TypeAlias = Callable[[Command], Awaitable[Reply]]

_BUSY = Failed("busy", f"{AT_A_TIME} others are being answered; try again")
_NO_MESSAGE = Failed("malformed", "a command is one frame, or an empty one before it")
_TOO_SLOW = Failed("unavailable", f"that was not done within {ANSWER_WITHIN:.0f} s")
_BUG = Failed("bug", "that went wrong; the log says where, and it is a bug of ours")


def socket_for(folder: Path) -> Path:
    """The path for `serve` where the data *folder*'s agent is looked for, in a folder
    that is made if need be.

    Raises `Unavailable` where no folder is fit to hold it.
    """
    found = places(str(folder))
    for private, path in found:
        if make_private(private):
            return Path(path)
    tried = ", ".join(private for private, _ in found)
    raise Unavailable(f"no folder is private enough for the control socket: {tried}")


async def serve(
    path: Path,
    handle: Handle,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Answer commands at *path*, each by *handle*; of its errors, ours are replies and
    others are logged.

    What is at *path* is taken for a dead agent's: hold the data folder's lock. Raises
    `Unavailable` when it cannot be had.
    """
    room = trio.CapacityLimiter(AT_A_TIME)
    opened = open_mailbox(path, "ROUTER", longest=LONGEST, most=_WAITING)
    async with opened as mailbox, trio.open_nursery() as nursery:
        task_status.started(str(path))
        while True:
            *envelope, line = await mailbox.receive()
            if envelope[1:] not in ([], [b""]):
                _reply(mailbox, envelope[:1], _NO_MESSAGE)
                continue
            command = decode_command(line)
            if isinstance(command, Failed):
                _reply(mailbox, envelope, command)
            elif isinstance(command, AskText):  # of which whoever answers has enough
                nursery.start_soon(_carry_out, mailbox, envelope, handle, command)
            else:
                nursery.start_soon(_in, room, mailbox, envelope, handle, command)


async def _in(
    room: trio.CapacityLimiter,
    mailbox: Mailbox,
    envelope: list[bytes],
    handle: Handle,
    command: Command,
) -> None:
    try:
        room.acquire_nowait()
    except trio.WouldBlock:
        _reply(mailbox, envelope, _BUSY)
        return
    try:
        await _carry_out(mailbox, envelope, handle, command)
    finally:
        room.release()


async def _carry_out(
    mailbox: Mailbox, envelope: list[bytes], handle: Handle, command: Command
) -> None:
    _reply(mailbox, envelope, await _answer(handle, command))


async def _answer(handle: Handle, command: Command) -> Reply:
    asks = isinstance(command, AskText)
    try:
        with trio.fail_after(ANSWERED_WITHIN if asks else ANSWER_WITHIN):
            return await handle(command)
    except trio.TooSlowError:
        return _TOO_SLOW
    except AgentError as exc:
        return Failed(_code(exc), str(exc))
    except Exception:  # one command's bug must not end the others
        logger.exception("%s went wrong", type(command).__name__)
        return _BUG


def _code(exc: AgentError) -> Code:
    match exc:
        case Unavailable():
            return "unavailable"
        case Misconfigured():
            return "misconfigured"
        case _:
            return "refused"


def _reply(mailbox: Mailbox, envelope: list[bytes], reply: Reply) -> None:
    """Say it to whoever still waits for it."""
    mailbox.send([*envelope, encode(reply)])
