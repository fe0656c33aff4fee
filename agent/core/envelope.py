"""The messages of a workflow's WebSocket, read.

Ours to the workflow is ``{"type":"request","id","method":"ask","data"}``; its own are
``ack``, ``chunk``, ``response`` and ``event`` (n8n's nodes in ``packaging/n8n``, and the
TonnyTray service before Tonny). What it signs comes as ``{"type":"signed","headers",
"body"}``, with one of those as text in *body*. They are hostile input.
"""

from typing import Any, TypeAlias

import msgspec

from agent.commands import Command, Unknown, read
from agent.errors import Refused


class Ack(msgspec.Struct, frozen=True):
    """The request *id* has arrived."""

    id: str


class Chunk(msgspec.Struct, frozen=True):
    """A piece of the answer to *id*: *found* as its text is looked for."""

    id: str
    found: Any


class Response(msgspec.Struct, frozen=True):
    """The end of the answer to *id*; *error* instead of it where that is not empty."""

    id: str
    found: Any
    error: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """Something that the workflow wants by itself."""

    commands: tuple[Command | Unknown, ...]


class Signed(msgspec.Struct, frozen=True):
    """An envelope in an envelope; the names of *headers* are lower-case."""

    headers: dict[str, str]
    body: bytes


class Other(msgspec.Struct, frozen=True):
    """Nothing of ours, such as a greeting; a *ping* wants to be answered."""

    ping: bool = False


Envelope: TypeAlias = Ack | Chunk | Response | Wanted | Signed | Other

_CHUNKS = ("text", "content", "chunk", "data")


class _Message(msgspec.Struct, frozen=True):
    type: str = ""
    id: object = None
    data: Any = None
    error: Any = None
    success: object = None
    event_type: object = None
    text: Any = None
    content: Any = None
    chunk: Any = None
    headers: object = None
    body: object = None


def opened(message: str | bytes) -> Envelope:
    """Raises `Refused` for what is no envelope at all."""
    try:
        found = msgspec.json.decode(message, type=_Message)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Refused("the workflow's WebSocket sent what is no message") from None
    asked = found.id if isinstance(found.id, str) else ""
    match found.type:
        case "ack":
            return Ack(asked)
        case "chunk" | "stream":
            pieces = (getattr(found, name) for name in _CHUNKS)
            return Chunk(asked, next((p for p in pieces if p is not None), ""))
        case "response":
            return _response(asked, found)
        case "error":
            return Response(asked, None, _reason(found))
        case "event":
            return Wanted(tuple(read([_command(found)])))
        case "signed":
            return _signed(found)
    return Other(ping=found.type == "ping")


def _response(asked: str, found: _Message) -> Response:
    failed = found.success is False or (found.error and found.success is not True)
    return Response(asked, found.data, _reason(found) if failed else "")


def _reason(found: _Message) -> str:
    error = found.error
    if isinstance(error, dict):
        error = error.get("message")
    return error if isinstance(error, str) and error else "it does not say why"


def _command(found: _Message) -> object:
    """The name of an event is that of its command; the rest is in its data."""
    fields = found.data if isinstance(found.data, dict) else {}
    if isinstance(found.data, str) or isinstance(found.text, str):
        fields = {"text": found.text or found.data}
    return {**fields, "command": found.event_type}


def _signed(found: _Message) -> Signed | Other:
    headers, body = found.headers, found.body
    if not (isinstance(headers, dict) and isinstance(body, str)):
        return Other()
    texts = {f"{k}".lower(): v for k, v in headers.items() if isinstance(v, str)}
    return Signed(texts, body.encode("utf-8", "surrogatepass"))
