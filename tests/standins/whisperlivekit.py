"""A WhisperLiveKit with all that it answers: sessions, and questions over HTTP."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import h11
import msgspec
import trio
import trio_websocket

from tests.standins.recogniser import Serving

Answers: TypeAlias = Mapping[str, tuple[int, object]]
"""By path: a status and what becomes JSON."""

WELL: Answers = {
    "/health": (200, {"status": "ok", "backend": "faster-whisper", "ready": True}),
    "/v1/models": (200, {"data": [{"id": "faster-whisper/base"}]}),
    "/v1/audio/transcriptions": (400, {"detail": "Empty audio file"}),
}


class _Reread(trio.abc.Stream):
    """*stream* from its beginning, of which *seen* has been read already."""

    def __init__(self, seen: bytes, stream: trio.SocketStream) -> None:
        self._seen = seen
        self._stream = stream

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        seen, self._seen = self._seen, b""
        return seen or await self._stream.receive_some(max_bytes)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


async def serve_whisperlivekit(
    serving: Serving,
    answers: Answers = WELL,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """On a free loopback port, until cancelled; reports ``ws://127.0.0.1:PORT``."""

    async def converse(stream: trio.SocketStream) -> None:
        seen = bytes(await stream.receive_some())
        if b"upgrade: websocket" not in seen.lower():
            await _answer(stream, seen, answers)
            return
        again = _Reread(seen, stream)
        async with trio.open_nursery() as nursery:
            request = await trio_websocket.wrap_server_stream(nursery, again)
            await serving(request)
            nursery.cancel_scope.cancel()

    listeners: Sequence[trio.SocketListener]
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    task_status.started(f"ws://127.0.0.1:{port}")
    await trio.serve_listeners(converse, listeners)


async def _answer(stream: trio.SocketStream, seen: bytes, answers: Answers) -> None:
    if not seen[:1].isalpha():  # no HTTP: what a client of TLS begins with
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await stream.aclose()
        return
    path = seen.split(maxsplit=2)[1].decode()
    status, content = answers.get(path, (404, {"detail": "Not Found"}))
    server = h11.Connection(h11.SERVER)
    server.receive_data(seen)
    while server.next_event() not in (h11.NEED_DATA, h11.PAUSED):
        pass
    body = msgspec.json.encode(content)
    head = [("Content-Length", str(len(body))), ("Connection", "close")]
    response = h11.Response(status_code=status, headers=head)
    for event in (response, h11.Data(data=body), h11.EndOfMessage()):
        await stream.send_all(server.send(event) or b"")
    await stream.aclose()
