"""A small HTTP/1.1 server: each request is given to one function, which answers it.

Where there is a second function for them, WebSockets come in on the same port.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import h11
import msgspec
import trio
import trio_websocket


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
Accepter = Callable[[trio_websocket.WebSocketRequest], Awaitable[None]]


async def no_sockets(request: trio_websocket.WebSocketRequest) -> None:
    """What a server without WebSockets says to one."""
    await request.reject(404)


async def serve_web(
    answerer: Answerer,
    accepter: Accepter = no_sockets,
    *,
    port: int = 0,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """On a loopback port (0: a free one), until cancelled; reports
    ``http://127.0.0.1:PORT``."""
    listeners: Sequence[trio.SocketListener]
    listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    task_status.started(f"http://127.0.0.1:{port}")
    await trio.serve_listeners(partial(_converse, answerer, accepter), listeners)


async def _converse(
    answerer: Answerer, accepter: Accepter, raw: trio.SocketStream
) -> None:
    """One connection, for as many requests as the client likes."""
    connection = h11.Connection(h11.SERVER)
    read = bytearray()
    try:
        async with raw:
            while (asked := await _next(connection, raw, read)) is not None:
                if asked.headers.get("upgrade", "").lower() == "websocket":
                    await _upgrade(accepter, trio.StapledStream(raw, _Again(raw, read)))
                    return
                read.clear()
                await answerer(asked, Reply(connection, raw))
                if connection.our_state is not h11.DONE:
                    return
                connection.start_next_cycle()
    except (trio.BrokenResourceError, h11.RemoteProtocolError):
        pass  # the client has gone, which is its right


async def _upgrade(accepter: Accepter, stream: trio.abc.Stream) -> None:
    async with trio.open_nursery() as nursery:
        await accepter(await trio_websocket.wrap_server_stream(nursery, stream))
        nursery.cancel_scope.cancel()


class _Again(trio.abc.ReceiveStream):
    """What was *read* already, for a library that wants to read the handshake itself,
    and then the rest."""

    def __init__(self, rest: trio.SocketStream, read: bytearray) -> None:
        self._rest = rest
        self._read = read

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if self._read:
            read, self._read = self._read, bytearray()
            return bytes(read)
        return await self._rest.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self._rest.aclose()


async def _next(
    connection: h11.Connection, stream: trio.SocketStream, read: bytearray
) -> Asked | None:
    """The next request; the bytes that it is made of are added to *read*."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        match event := connection.next_event():
            case h11.NEED_DATA:
                data = await stream.receive_some()
                read += data
                connection.receive_data(data)
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
