"""How a reply is written: as JSON, as a file of ours, or as events that go on."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

import msgspec
import trio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

T = TypeVar("T")

_encoder = msgspec.json.Encoder()


def json(found: object, status: int = 200) -> Response:
    return Response(_encoder.encode(found), status, media_type="application/json")


def failed(status: int, reason: str) -> Response:
    """What could not be done, in words for people."""
    return json({"error": reason}, status)


async def read(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    """The body of *request*; what *decoder* cannot read is refused."""
    try:
        return decoder.decode(await request.body())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise HTTPException(400, "that is not what is asked for here") from exc


def number(request: Request, name: str, default: int, most: int) -> int:
    """The whole number *name* in the query, from 0 to *most*."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > most:
        raise HTTPException(400, f"{name} has to be a number from 0 to {most}")
    return int(text)


class EventStream(Response):
    """Server-sent events, for as long as someone is there to be told."""

    media_type = "text/event-stream"

    def __init__(self, tell: Callable[[], AsyncGenerator[bytes, None]]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._tell = tell

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        async def until_gone(leave: trio.CancelScope) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            leave.cancel()

        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(until_gone, nursery.cancel_scope)
            async with aclosing(self._tell()) as messages:
                async for message in messages:
                    await send(
                        {
                            "type": "http.response.body",
                            "body": message,
                            "more_body": True,
                        }
                    )
