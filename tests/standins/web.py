"""A small HTTP/1.1 server: each request is given to one function, which answers it."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import h11
import msgspec
import trio


class Asked(msgspec.Struct, frozen=True):
    """A request as it came; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Reply:
    """The way back to the client: well-formed, or *raw* when it should not be."""

    def __init__(self, connection: h11.Connection, raw: trio.SocketStream) -> None:
        self._connection = connection
        self.raw = raw

    async def begin(self, status: int = 200, **headers: str) -> None:
        """The status line; ``content_type="text/plain"`` becomes a header."""
        named = [(name.replace("_", "-"), text) for name, text in headers.items()]
        await self._send(h11.Response(status_code=status, headers=named))

    async def add(self, data: bytes) -> None:
        await self._send(h11.Data(data=data))

    async def end(self) -> None:
        await self._send(h11.EndOfMessage())

    async def whole(self, status: int, body: bytes, **headers: str) -> None:
        headers.setdefault("content_type", "application/json; charset=utf-8")
        headers.setdefault("content_length", str(len(body)))
        await self.begin(status, **headers)
        await self.add(body)
        await self.end()

    async def _send(self, event: h11.Event) -> None:
        await self.raw.send_all(self._connection.send(event) or b"")


Answerer = Callable[[Asked, Reply], Awaitable[None]]


async def serve_web(
    answerer: Answerer,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """On a free loopback port, until cancelled; reports ``http://127.0.0.1:PORT``."""
    listeners: Sequence[trio.SocketListener]
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    task_status.started(f"http://127.0.0.1:{port}")
    await trio.serve_listeners(partial(_converse, answerer), listeners)


async def _converse(answerer: Answerer, stream: trio.SocketStream) -> None:
    """One connection, for as many requests as the client likes."""
    connection = h11.Connection(h11.SERVER)
    try:
        async with stream:
            while (asked := await _next(connection, stream)) is not None:
                await answerer(asked, Reply(connection, stream))
                if connection.our_state is not h11.DONE:
                    return
                connection.start_next_cycle()
    except (trio.BrokenResourceError, h11.RemoteProtocolError):
        pass  # the client has gone, which is its right


async def _next(connection: h11.Connection, stream: trio.SocketStream) -> Asked | None:
    head: h11.Request | None = None
    body = bytearray()
    while True:
        match event := connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await stream.receive_some())
            case h11.Request():
                head = event
            case h11.Data():
                body += event.data
            case h11.EndOfMessage() if head is not None:
                headers = {k.decode(): v.decode() for k, v in head.headers}
                method, target = head.method.decode(), head.target.decode()
                return Asked(method, target, headers, bytes(body))
            case _:
                return None
