"""What WhisperLiveKit tells about itself over HTTP, beside its sessions.

Since 0.2.20; the token, which ``/health`` does not ask for, since 0.2.23. Spoken with
the session's own streams, so that the same certificates and deadlines hold.
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import h11
import msgspec
import trio

from agent.hearing.whisperlivekit.connection import open_stream, telling
from agent.hearing.whisperlivekit.peers import Peer

ANSWERED_WITHIN = 4.0
LARGEST_ANSWER = 1 << 16

_BOUNDARY = "tonny-sends-nothing"
_EMPTY_FILE = (
    f"--{_BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="empty.wav"\r\n'
    "Content-Type: audio/wav\r\n\r\n"
    f"\r\n--{_BOUNDARY}--\r\n"
).encode()


_NONE: Mapping[str, str] = {}
_Told = TypeVar("_Told")


class Health(msgspec.Struct, frozen=True):
    """``/health``; not *ready* means that the model is still being loaded."""

    status: str
    backend: str | None = None
    ready: bool = True


class _Model(msgspec.Struct, frozen=True):
    id: str


class _Models(msgspec.Struct, frozen=True):
    data: list[_Model]


class _Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes


async def health(peer: Peer) -> Health | None:
    """How the server is; None if it is none that says so.

    Raises `Unavailable` when it does not answer, `Refused` when its certificate is
    not trusted.
    """
    answer = await _ask(peer, "GET", "health")
    if answer.status == 503:
        return Health("unavailable", ready=False)
    return _decoded(answer, Health)


async def model(peer: Peer) -> str | None:
    """What the server calls its model, such as ``faster-whisper/base``; None if it does
    not say. It has no other: to change it is to restart the server."""
    models = _decoded(await _ask(peer, "GET", "v1/models"), _Models)
    return models.data[0].id if models is not None and models.data else None


async def admits(peer: Peer) -> bool | None:
    """Whether the token is right, without a session (which is refused alike for a
    wrong path); None if the server does not say. Raises as `health` does."""
    headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    if peer.token:
        headers["Authorization"] = f"Bearer {peer.token.reveal()}"
    answer = await _ask(peer, "POST", "v1/audio/transcriptions", headers, _EMPTY_FILE)
    # It looks at the token first, and then finds the file empty.
    return {400: True, 401: False}.get(answer.status)


async def _ask(
    peer: Peer,
    method: str,
    path: str,
    headers: Mapping[str, str] = _NONE,
    body: bytes = b"",
) -> _Answer:
    parts = urlsplit(peer.session)
    request = h11.Request(
        method=method,
        target=f"{parts.path.rpartition('/')[0]}/{path}",
        headers=[
            ("Host", parts.netloc.rpartition("@")[2]),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            *headers.items(),
        ],
    )
    with telling(peer), trio.fail_after(ANSWERED_WITHIN):
        async with await open_stream(peer) as stream:
            connection = h11.Connection(h11.CLIENT)
            for event in (request, h11.Data(data=body), h11.EndOfMessage()):
                await stream.send_all(connection.send(event) or b"")
            return await _answer(connection, stream)


async def _answer(connection: h11.Connection, stream: trio.abc.Stream) -> _Answer:
    status, body = 0, bytearray()
    while len(body) < LARGEST_ANSWER:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(
                    bytes(await stream.receive_some(LARGEST_ANSWER))
                )
            case h11.Response(status_code=code):
                status = code
            case h11.Data(data=data):
                body += data
            case h11.EndOfMessage() | h11.ConnectionClosed():
                break
    return _Answer(status, bytes(body))


def _decoded(answer: _Answer, kind: type[_Told]) -> _Told | None:
    """None if *answer* is nothing of the *kind*: whoever sent it is too old for it, or
    something else altogether."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
