"""What the page may ask of the record and order of Tonny, over HTTP."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec
import trio
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent import __version__
from agent.control.commands import (
    AskText,
    Command,
    Failed,
    Hush,
    Reply,
    RetryQueue,
    SayText,
    SetMode,
    SetMute,
    Status,
)
from agent.control.standing import Standing
from agent.dashboard.feed import MOST_PAGES, Feed
from agent.dashboard.replies import EventStream, failed, json, number, read
from agent.record import queue
from agent.record.history import open_history
from agent.record.search import matching
from agent.record.sqlite import sqlite3
from agent.record.talk import NOTHING, Talk, talk
from agent.record.trends import trend

T = TypeVar("T")

ORDER_WITHIN, ASK_WITHIN = 10.0, 600.0
"""Seconds that carrying out an order may take, and how long one may wait for an answer."""

LONGEST_QUERY = 200
MOST_FOUND = 2000
"""Remarks that one search finds."""

_HOUR = 3600
_STRETCHES = {"hour": (_HOUR, 60), "day": (24 * _HOUR, 48), "week": (168 * _HOUR, 56)}

Handle: TypeAlias = Callable[[Command], Awaitable[Reply]]
Order: TypeAlias = Hush | SayText | AskText | SetMute | SetMode
"""What can be ordered from a page: nothing that needs a new start, or ends Tonny."""


class State(msgspec.Struct, frozen=True):
    """What a page shows first; *last* names the last event that is in it."""

    version: str
    now: float
    last: str
    standing: Standing


class ChangeQueue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ask the questions with these *ids* once more, or forget them."""

    action: Literal["retry", "drop"]
    ids: Annotated[tuple[str, ...], Meta(min_length=1, max_length=1000)]


_order: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_change = msgspec.json.Decoder(ChangeQueue)
_EMPTY: list[queue.Queued] = []


class Asked:
    """Answers the page's requests: by *handle*, and from the record at *path*."""

    def __init__(self, path: Path, feed: Feed, handle: Handle) -> None:
        self._path = path
        self._feed = feed
        self._handle = handle
        # Connections and a thread of its own, so that no chart delays the record.
        self._thread = trio.CapacityLimiter(1)

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/api/state", self.state, methods=["GET"]),
            Route("/api/events", self.events, methods=["GET"]),
            Route("/api/talk", self.talk, methods=["GET"]),
            Route("/api/trend", self.trend, methods=["GET"]),
            Route("/api/queue", self.queue, methods=["GET"]),
            Route("/api/queue", self.change_queue, methods=["POST"]),
            Route("/api/order", self.order, methods=["POST"]),
        ]

    async def state(self, _: Request) -> Response:
        last = self._feed.last  # first: what happens meanwhile is told again, not lost
        return json(State(__version__, time.time(), last, await self.standing()))

    async def standing(self) -> Standing:
        reply = await self._handle(Status())
        if not isinstance(reply, Standing):
            raise TypeError(f"not a standing: {reply}")
        return reply

    async def events(self, request: Request) -> Response:
        if self._feed.pages >= MOST_PAGES:
            return failed(429, f"{MOST_PAGES} pages are open already")
        last = request.headers.get("last-event-id", "")
        return EventStream(lambda: self._feed.told(last))

    async def talk(self, request: Request) -> Response:
        limit = number(request, "limit", 100, 500)
        before = number(request, "before", 0, 1 << 60)
        words = request.query_params.get("query", "")[:LONGEST_QUERY]

        def found(record: sqlite3.Connection) -> Talk:
            ids = matching(record, words, MOST_FOUND) if words else None
            return talk(record, limit, before, ids)

        return json(await self._read(found, NOTHING))

    async def trend(self, request: Request) -> Response:
        span = _STRETCHES.get(request.query_params.get("over", "day"))
        if span is None:
            return failed(400, f"over has to be one of {', '.join(_STRETCHES)}")
        now = time.time()
        return json(await self._read(lambda record: trend(record, now, *span), []))

    async def queue(self, request: Request) -> Response:
        limit = number(request, "limit", 200, 1000)
        found = await self._read(lambda record: queue.listed(record, "", limit), _EMPTY)
        return json(found)

    async def change_queue(self, request: Request) -> Response:
        change = await read(request, _change)
        work = {"retry": queue.retry, "drop": queue.drop}[change.action]

        def write() -> None:
            with queue.open_queue(self._path) as record:
                if record is not None:
                    work(record, change.ids)

        await trio.to_thread.run_sync(write, limiter=self._thread)
        return _told(await self._handle(RetryQueue()))

    async def order(self, request: Request) -> Response:
        order = await read(request, _order)
        # A question takes as long as the workflow does, and may be asked again.
        within = ASK_WITHIN if isinstance(order, AskText) else ORDER_WITHIN
        with trio.fail_after(within):
            return _told(await self._handle(order))

    async def _read(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        def read() -> T:
            with open_history(self._path) as record:
                return nothing if record is None else work(record)

        return await trio.to_thread.run_sync(read, limiter=self._thread)


def _told(reply: Reply) -> Response:
    match reply:
        case Failed(_, reason):
            return failed(409, reason)
        case _:
            return json(reply)
