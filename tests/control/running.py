"""An agent as far as its control socket goes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from agent.control.commands import Command, Done, Reply, decode_reply
from agent.control.server import serve, socket_for

Handle = Callable[[Command], Awaitable[Reply]]


class Obedient:
    """Does what it is told, and remembers it."""

    def __init__(self, reply: Reply | Exception = Done()) -> None:  # noqa: B008 # frozen
        self.told: list[Command] = []
        self._reply = reply

    async def __call__(self, command: Command) -> Reply:
        await trio.lowlevel.checkpoint()
        self.told.append(command)
        if isinstance(self._reply, Exception):
            raise self._reply
        return self._reply


@asynccontextmanager
async def running(handle: Handle, folder: Path) -> AsyncIterator[Path]:
    """One that uses the data *folder*; gives the path of its socket."""
    async with trio.open_nursery() as nursery:
        path = socket_for(folder)
        assert await nursery.start(serve, path, handle) == str(path)
        yield path
        nursery.cancel_scope.cancel()


async def say(path: Path, line: bytes) -> Reply | None:
    """The reply to *line*; None if the connection is just closed."""
    async with await trio.open_unix_socket(path) as stream:
        await stream.send_all(line)
        return await hear(stream)


async def hear(stream: trio.SocketStream) -> Reply | None:
    received = b""
    while not received.endswith(b"\n"):
        if not (more := await stream.receive_some()):
            return None
        received += more
    return decode_reply(received)
