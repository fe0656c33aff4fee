"""A ZeroMQ socket in the one Trio thread.

Its file descriptor is edge-triggered: any call on the socket may swallow the edge that
someone sleeps on. So there is one who receives, and whoever sends looks afterwards
whether anything has come, and wakes that one.
"""

import importlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from agent.errors import Unavailable, translating

if TYPE_CHECKING:
    import zmq

_LINGER_MS = 200
"""For a last reply to leave; whoever does not take it holds up nobody for longer."""

_HANDSHAKE_MS = 2000
"""In which whoever connects has to show that they speak ZeroMQ."""


class Mailbox:
    """Only one task at a time may `receive`; any may `send`."""

    def __init__(self, socket: "zmq.Socket[bytes]") -> None:
        self._socket = socket
        self._fd = socket.fileno()
        self._sleep: trio.CancelScope | None = None

    async def receive(self) -> list[bytes]:
        """The next message, as frames."""
        import zmq

        await trio.lowlevel.checkpoint()
        while True:
            try:
                return self._socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                await self._readable()

    def send(self, frames: Sequence[bytes]) -> bool:
        """Never waits: false where the other side takes too little, or is gone."""
        import zmq

        try:
            self._socket.send_multipart(frames, zmq.DONTWAIT)
        except zmq.Again:
            return False
        finally:
            if self._sleep is not None and int(self._socket.EVENTS) & zmq.POLLIN:
                self._sleep.cancel()
        return True

    async def _readable(self) -> None:
        import zmq

        with trio.CancelScope() as sleep:
            self._sleep = sleep
            try:
                if not int(self._socket.EVENTS) & zmq.POLLIN:
                    await trio.lowlevel.wait_readable(self._fd)
            finally:
                self._sleep = None


@asynccontextmanager
async def open_mailbox(
    path: Path, kind: str, *, longest: int, most: int
) -> AsyncIterator[Mailbox]:
    """A socket of a *kind* ("ROUTER", "XPUB") at *path*, in a private folder, for our
    own user alone. Messages have at most *longest* bytes, and for each peer *most* wait.

    What is at *path* is taken for a dead agent's: hold the data folder's lock. Raises
    `Unavailable` when it cannot be had.
    """
    # It takes long enough to be heard, if anything is being said.
    await trio.to_thread.run_sync(importlib.import_module, "zmq")
    import zmq

    context = zmq.Context()
    try:
        socket: zmq.Socket[bytes] = context.socket(getattr(zmq, kind))
        socket.linger = _LINGER_MS
        socket.maxmsgsize = longest
        socket.sndhwm = socket.rcvhwm = most
        socket.handshake_ivl = _HANDSHAKE_MS
        with translating(
            {zmq.ZMQError: Unavailable, OSError: Unavailable},
            f"no control socket at {path}: ",
        ):
            _bind(socket, path)
        try:
            yield Mailbox(socket)
        finally:
            socket.close()
            _remove(path)
    finally:
        context.destroy()


def _bind(socket: "zmq.Socket[bytes]", path: Path) -> None:
    """Others of this machine are turned away by the folder, and by the kernel's word."""
    import zmq

    if sys.platform == "linux":
        socket.setsockopt(zmq.IPC_FILTER_UID, os.geteuid())
    path.unlink(missing_ok=True)
    socket.bind(f"ipc://{path}")
    path.chmod(0o600)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
