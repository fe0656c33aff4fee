"""What a request has to be like before anything is done about it.

The page is on an address that every program of this computer reaches, and every page in
the user's browser can send requests to: so each has to name us as its host (a name that
was bound to our address by someone else does not), come from our own page, and prove
that it may. What is refused is told why, and nothing else.
"""

import hmac
import logging
import re
from http.cookies import CookieError, SimpleCookie

import msgspec
import trio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.dashboard.keys import Keys

logger = logging.getLogger(__name__)

KEY = "x-tonny-key"
"""The header with the page's key, which no form and no foreign page can send."""

LONGEST_BODY = 64 * 1024
BODY_WITHIN = 5.0
"""Seconds that the body of a request may take to come."""

ENTER = "/enter"
SESSION = "/api/session"
METRICS = "/metrics"
OPEN = frozenset({ENTER, "/static/enter.js", "/static/style.css", "/static/icon.svg"})
"""What anyone may see: how to get in."""

_LONGEST_TARGET = 2048
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9_./-]*")
_ONCE = {"host", "origin", "content-type", "content-length", "authorization", KEY}
_NEVER = {
    *("x-http-method", "x-http-method-override", "x-method-override"),
    *("x-original-url", "x-rewrite-url", "x-forwarded-host", "forwarded", "expect"),
}
_JSON = re.compile(r'application/json(; ?charset="?utf-8"?)?', re.IGNORECASE)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""With every reply."""


class Refusal(msgspec.Struct, frozen=True):
    """*status* for programs, *reason* for people; nothing of the request is repeated."""

    status: int
    reason: str


def cookie_name(port: int) -> str:
    """Cookies are shared by all ports: two agents must not take each other's."""
    return f"tonny-{port}"


class Gate:
    """Lets requests to the *app* at *port* pass, or refuses them. Whoever sends
    *scrape_token* may read figures; anyone where it is empty, nobody where it is None."""

    def __init__(
        self, app: ASGIApp, port: int, keys: Keys, scrape_token: str | None
    ) -> None:
        self._scrape_token = scrape_token
        self._app = app
        self._keys = keys
        self._cookie = cookie_name(port)
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self.refusal(scope)
        if refusal is None and scope["method"] == "POST":
            body = await _body(receive)
            if isinstance(body, bytes):
                receive = _replayed(body, receive)
            else:
                refusal = body
        if refusal is not None:
            refused = PlainTextResponse(
                refusal.reason + "\n", refusal.status, {"Connection": "close"}
            )
            await refused(scope, receive, send_guarded)
        else:
            await self._pass_on(scope, receive, send_guarded)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception:
            logger.exception("a request to the dashboard went wrong")
            raise

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why the request of *scope* is not let in; its body was not looked at yet."""
        headers = Headers(scope=scope)
        return (
            _malformed(scope)
            or self._foreign(scope, headers)
            or _misused(scope, headers)
            or self._unknown(scope, headers)
        )

    def _foreign(self, scope: Scope, headers: Headers) -> Refusal | None:
        """Another page's, or for another host that was made to look like ours."""
        host = headers.get("host", "")
        if host not in self._hosts:
            return Refusal(421, "this is not that host")
        if headers.get("origin", f"http://{host}") != f"http://{host}":
            return Refusal(403, "other pages may not ask")
        # Browsers tell. Whoever follows a link to the way in sees it, and no more.
        allowed = {"same-origin", "none"}
        if headers.get("sec-fetch-site", "none") not in allowed and not (
            scope["path"] == ENTER and headers.get("sec-fetch-mode") == "navigate"
        ):
            return Refusal(403, "other pages may not ask")
        return None

    def _unknown(self, scope: Scope, headers: Headers) -> Refusal | None:
        """Nobody of ours."""
        path, now = scope["path"], trio.current_time()
        if path in OPEN or path == SESSION:  # an invitation is looked at there
            return None
        if path == METRICS:
            return self._unfit_to_scrape(headers)
        cookie = _cookie_in(headers, self._cookie)
        if path.startswith("/api/"):
            known = self._keys.opens(cookie, headers.get(KEY, ""), now)
        else:
            known = self._keys.knows(cookie, now)
        return None if known else Refusal(401, "open it with: tonny-agent dashboard")

    def _unfit_to_scrape(self, headers: Headers) -> Refusal | None:
        if self._scrape_token is None:
            return Refusal(404, "there is nothing here")
        given = headers.get("authorization", "").encode()
        wanted = f"Bearer {self._scrape_token}".encode()
        if self._scrape_token and not hmac.compare_digest(given, wanted):
            return Refusal(401, "the token is in metrics.token, in the data folder")
        return None


def _malformed(scope: Scope) -> Refusal | None:
    if scope["type"] != "http":
        return Refusal(400, "only HTTP is spoken here")
    target = len(scope["raw_path"]) + len(scope["query_string"])
    if target > _LONGEST_TARGET:
        return Refusal(414, "that address is too long")
    # The raw path, for decoding would turn %2e into a dot, and %00 into the end.
    path = scope["raw_path"].decode("latin-1")
    if not _PLAIN_PATH.fullmatch(path) or "//" in path or "/." in path:
        return Refusal(400, "that is no path of ours")
    names = [name.decode("latin-1") for name, _ in scope["headers"]]
    if any(names.count(name) > 1 for name in _ONCE):
        return Refusal(400, "a header was sent twice")
    if _NEVER & {*names}:
        return Refusal(400, "a header is not understood here")
    return None


def _misused(scope: Scope, headers: Headers) -> Refusal | None:
    """Another method than ours, or too much to read."""
    size = headers.get("content-length", "0")
    if not size.isdecimal() or int(size[:20]) > LONGEST_BODY:
        return Refusal(413, f"at most {LONGEST_BODY} bytes are read")
    match scope["method"]:
        case "GET" if int(size) == 0:
            return None
        case "GET":
            return Refusal(400, "a question has no body")
        case "POST" if "content-length" not in headers:
            return Refusal(411, "the length of the body has to be told")
        case "POST" if not _JSON.fullmatch(headers.get("content-type", "")):
            return Refusal(415, "only application/json is read")
        case "POST":
            return None
        case _:
            return Refusal(405, "only GET and POST are understood")


def _cookie_in(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


async def _body(receive: Receive) -> bytes | Refusal:
    """All of it: no more than fits, and not for longer than it takes."""
    found = bytearray()
    with trio.move_on_after(BODY_WITHIN):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return Refusal(400, "that was not all")
            found += message.get("body", b"")
            if len(found) > LONGEST_BODY:
                return Refusal(413, f"at most {LONGEST_BODY} bytes are read")
            if not message.get("more_body", False):
                return bytes(found)
    return Refusal(408, "that took too long")


def _replayed(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def again() -> Message:
        if pending:
            return {
                "type": "http.request",
                "body": pending.pop(),
                "more_body": False,
            }
        return await receive()

    return again
