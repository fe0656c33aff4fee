"""The running agent's side: a Unix socket on which each connection is one command.

One line of JSON, one line in reply (`agent.control.commands`). Whoever connects is of
our own user, which the kernel says. What strangers to the protocol can cost us is
bounded: so many at a time, for so long, with so many bytes.
"""

import logging
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
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
from agent.control.place import make_private, places
from agent.errors import AgentError, Misconfigured, Unavailable, translating

logger = logging.getLogger(__name__)

LONGEST_LINE = 64 * 1024
LINE_WITHIN = 5.0
"""Seconds that a command may take to come, and its reply to be taken."""
ANSWER_WITHIN = 10.0
"""Seconds that carrying out a command may take."""
ANSWERED_WITHIN = 660.0
"""Seconds that the answer to a question may take: no workflow may take longer."""
AT_A_TIME = 16

Handle: TypeAlias = Callable[[Command], Awaitable[Reply]]

_BUSY = Failed("busy", f"{AT_A_TIME} others are being answered; try again")
_TOO_LONG = Failed("malformed", f"a command has at most {LONGEST_LINE} bytes")
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
    with _listening(path) as listener:
        task_status.started(str(path))
        await trio.serve_listeners(partial(_welcome, room, handle), [listener])


@contextmanager
def _listening(path: Path) -> Iterator[trio.SocketListener]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        with translating({OSError: Unavailable}, f"no control socket at {path}: "):
            path.unlink(missing_ok=True)
            listening.bind(str(path))
            path.chmod(0o600)
            listening.listen(AT_A_TIME)
        try:
            yield trio.SocketListener(trio.socket.from_stdlib_socket(listening))
        finally:
            path.unlink(missing_ok=True)


async def _welcome(
    room: trio.CapacityLimiter, handle: Handle, stream: trio.SocketStream
) -> None:
    """Whatever the other side does is the end of this connection only."""
    async with stream:
        if not _is_ours(stream):
            logger.warning("another user was turned away from the control socket")
            return
        try:
            room.acquire_nowait()
        except trio.WouldBlock:
            await _reply(stream, _BUSY)
            return
        try:
            await _reply(stream, await _answer(stream, handle))
        finally:
            room.release()


def _is_ours(stream: trio.SocketStream) -> bool:
    """Whether it is our user, by SO_PEERCRED; elsewhere the folder keeps others out."""
    if sys.platform != "linux":
        return True
    found = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    _pid, uid, _gid = struct.unpack("3i", found)
    return bool(uid == os.geteuid())


async def _answer(stream: trio.SocketStream, handle: Handle) -> Reply | None:
    """The reply to the command that comes, None where nobody waits for one."""
    try:
        with trio.fail_after(LINE_WITHIN):
            line = await _line(stream)
    except (trio.TooSlowError, trio.BrokenResourceError):
        return None
    if line is None:
        return _TOO_LONG
    if not line:
        return None  # someone looked whether we are there
    command = decode_command(line)
    if isinstance(command, Failed):
        return command
    try:
        asks = isinstance(command, AskText)
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


async def _line(stream: trio.SocketStream) -> bytes | None:
    """What comes before the first line break, or the end; None if that is too much."""
    received = bytearray()
    async for more in stream:
        received += more
        if b"\n" in more:
            break
        if len(received) > LONGEST_LINE:
            return None
    line = bytes(received.partition(b"\n")[0])
    return line if len(line) <= LONGEST_LINE else None


async def _reply(stream: trio.SocketStream, reply: Reply | None) -> None:
    """Say it to whoever still waits for it."""
    if reply is not None:
        with trio.move_on_after(LINE_WITHIN), suppress(trio.BrokenResourceError):
            await stream.send_all(encode(reply))
