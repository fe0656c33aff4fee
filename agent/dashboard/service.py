"""The dashboard as a service: everything about it put together."""

from functools import partial
from pathlib import Path

import msgspec
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from agent.config.settings import Metrics
from agent.dashboard import pages
from agent.dashboard.asked import Asked, Handle
from agent.dashboard.connections import HOST, serve
from agent.dashboard.feed import Feed
from agent.dashboard.figures import FORMAT, Figures, scrape_token
from agent.dashboard.gate import ENTER, METRICS, SESSION, Gate, cookie_name
from agent.dashboard.keys import Keys
from agent.dashboard.replies import failed, json, read
from agent.errors import AgentError
from agent.hub import Hub

ROOM = 2000
"""Events that may wait for the feed."""


class _Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str


_token = msgspec.json.Decoder(_Token)


class Dashboard:
    """`run` is the service; while it runs, `invitation` is an address for one browser.
    To make one takes a look at the disk."""

    def __init__(
        self, hub: Hub, record: Path, handle: Handle, metrics: Metrics = "token"
    ) -> None:
        self._hub = hub
        self._keys = Keys()
        self._feed = Feed(hub.session)
        self._asked = Asked(record, self._feed, handle)
        self._port = 0
        self._figures = Figures()
        self._scrape_token = None if metrics == "off" else ""
        if metrics == "token":
            self._scrape_token = scrape_token(record.parent)
        self._pages = pages.routes()

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return self._feed.pages

    def invitation(self) -> str:
        """Good for one browser, soon. The token comes after a #, so that it is sent to
        nobody but by the page there."""
        token = self._keys.invite(trio.current_time())
        return f"http://{HOST}:{self._port}{ENTER}#{token}"

    async def run(self, port: int, *, task_status: trio.TaskStatus[str]) -> None:
        """Serve at *port* (0: any) until cancelled."""
        watching = self._hub.watching
        with watching(ROOM, closely=True) as entries, watching(ROOM) as counted:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._feed.follow, entries)
                nursery.start_soon(self._figures.follow, counted)
                nursery.start_soon(self._feed.pulse, self._asked.standing)
                self._port = await nursery.start(serve, port, self._app_on)
                task_status.started(f"http://{HOST}:{self._port}")

    def _app_on(self, port: int) -> ASGIApp:
        session = Route(SESSION, partial(self._enter, port), methods=["POST"])
        metrics = Route(METRICS, self._metrics, methods=["GET"])
        app = Starlette(
            routes=[*self._pages, *self._asked.routes, session, metrics],
            exception_handlers={
                AgentError: _refused,
                trio.TooSlowError: _slow,
                HTTPException: _worded,
                Exception: _broken,
            },
        )
        app.router.redirect_slashes = False
        return Gate(app, port, self._keys, self._scrape_token)

    async def _metrics(self, _: Request) -> Response:
        """What Prometheus reads."""
        text = self._figures.text(await self._asked.standing())
        return Response(text, media_type=FORMAT)

    async def _enter(self, port: int, request: Request) -> Response:
        """An invitation becomes a session."""
        token = (await read(request, _token)).token
        found = self._keys.redeem(token, trio.current_time())
        if found is None:
            return failed(
                403, "this invitation was used or is too old: tonny-agent dashboard"
            )
        reply = json({"key": found.key})
        reply.set_cookie(
            cookie_name(port), found.cookie, httponly=True, samesite="strict"
        )
        return reply


async def _refused(_: Request, exc: Exception) -> Response:
    return failed(409, str(exc))


async def _slow(_: Request, __: Exception) -> Response:
    return failed(503, "that was not done in time")


async def _worded(_: Request, exc: Exception) -> Response:
    status = exc.status_code if isinstance(exc, HTTPException) else 400
    words = {404: "there is nothing here", 405: "only GET and POST are understood"}
    detail = exc.detail if isinstance(exc, HTTPException) else ""
    return PlainTextResponse(words.get(status, detail) + "\n", status)


async def _broken(_: Request, __: Exception) -> Response:
    return failed(500, "that went wrong; the log says where, and it is a bug of ours")
