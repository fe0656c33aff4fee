"""An agent as far as its control socket goes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
import zmq

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


async def say(path: Path, line: bytes) -> Reply:
    """The reply to *line*, of a client of libzmq."""
    return decode_reply((await spoken(path, [line]))[-1])


async def spoken(path: Path, frames: list[bytes], kind: str = "DEALER") -> list[bytes]:
    """What comes back; nothing within a second raises `zmq.Again`."""

    def talk() -> list[bytes]:
        with zmq.Context() as context, context.socket(getattr(zmq, kind)) as client:
            client.linger, client.rcvtimeo = 0, 1000
            client.connect(f"ipc://{path}")
            client.send_multipart(frames)
            found: list[bytes] = client.recv_multipart()
            return found

    return await trio.to_thread.run_sync(talk)
