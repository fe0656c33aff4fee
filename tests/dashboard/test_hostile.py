"""Requests that nobody of ours sends: each is refused, and told nothing."""

from pathlib import Path

import pytest
import trio

from agent.dashboard.gate import BODY_WITHIN, LONGEST_BODY
from agent.dashboard.keys import INVITED_FOR, KEPT_FOR
from tests.dashboard.opened import CANARY, opened

HOST = "Host: 127.0.0.1:{port}\r\n"
OURS = "Cookie: {cookie}\r\nX-Tonny-Key: {key}\r\n"
JSON = "Content-Type: application/json\r\n"
ORDER = '{{"command":"say","text":"pwned"}}'
LENGTH = "Content-Length: 33\r\n"
BAD = "A" * 43

HOSTILE = {
    # A name that was bound to our address by someone else (DNS rebinding).
    "rebinding": "GET /api/state HTTP/1.1\r\nHost: evil.example:{port}\r\n" + OURS,
    "rebinding the page": "GET / HTTP/1.1\r\nHost: evil.example\r\n" + OURS,
    "another port": "GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:1\r\n" + OURS,
    "no port": "GET /api/state HTTP/1.1\r\nHost: 127.0.0.1\r\n" + OURS,
    "a longer name": "GET /api/state HTTP/1.1\r\nHost: 127.0.0.1:{port}.evil.example\r\n" + OURS,
    "a user in the host": "GET /api/state HTTP/1.1\r\nHost: evil@127.0.0.1:{port}\r\n" + OURS,
    "any address": "GET /api/state HTTP/1.1\r\nHost: 0.0.0.0:{port}\r\n" + OURS,
    "no host": "GET /api/state HTTP/1.1\r\n" + OURS,
    "an empty host": "GET /api/state HTTP/1.1\r\nHost: \r\n" + OURS,
    "two hosts": "GET /api/state HTTP/1.1\r\n" + HOST + "Host: evil.example\r\n" + OURS,
    "the host in the target": "GET http://evil.example/api/state HTTP/1.1\r\n" + HOST + OURS,
    "HTTP/1.0": "GET /api/state HTTP/1.0\r\n" + HOST + OURS,
    # Another page, in the browser that has our cookie (CSRF).
    "another origin": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Origin: http://evil.example\r\n",
    "no origin at all": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Origin: null\r\n",
    "an origin of another port": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Origin: http://127.0.0.1:1\r\n",
    "an origin of another scheme": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Origin: https://127.0.0.1:{port}\r\n",
    "across sites": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Sec-Fetch-Site: cross-site\r\n",
    "from a neighbour": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Sec-Fetch-Site: same-site\r\n",
    "an image of it": "GET /enter HTTP/1.1\r\n" + HOST + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n",
    "a form": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + "Content-Type: application/x-www-form-urlencoded\r\n" + LENGTH,
    "a form in disguise": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + "Content-Type: text/plain; application/json\r\n" + LENGTH,
    "no content type": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + LENGTH,
    "an order without the key": "POST /api/order HTTP/1.1\r\n" + HOST + "Cookie: {cookie}\r\n" + JSON + LENGTH,
    "a preflight": "OPTIONS /api/order HTTP/1.1\r\n" + HOST + OURS + "Access-Control-Request-Method: POST\r\n",
    # Nobody of ours, or not any more.
    "nobody": "GET /api/state HTTP/1.1\r\n" + HOST,
    "nobody, for the page": "GET / HTTP/1.1\r\n" + HOST,
    "nobody, for its scripts": "GET /static/app.js HTTP/1.1\r\n" + HOST,
    "the cookie alone": "GET /api/state HTTP/1.1\r\n" + HOST + "Cookie: {cookie}\r\n",
    "the key alone": "GET /api/state HTTP/1.1\r\n" + HOST + "X-Tonny-Key: {key}\r\n",
    "the key of another session": "GET /api/state HTTP/1.1\r\n" + HOST + "Cookie: {cookie}\r\nX-Tonny-Key: {other}\r\n",
    "a made-up cookie": "GET /api/state HTTP/1.1\r\n" + HOST + "Cookie: tonny-{port}=" + BAD + "\r\nX-Tonny-Key: {key}\r\n",
    "a broken cookie": "GET /api/state HTTP/1.1\r\n" + HOST + "Cookie: ;;=\"\\;tonny-{port}\r\nX-Tonny-Key: {key}\r\n",
    "two keys": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "X-Tonny-Key: {other}\r\n",
    "the token in the address": "GET /api/state?token={token} HTTP/1.1\r\n" + HOST,
    "the events": "GET /api/events HTTP/1.1\r\n" + HOST + "Last-Event-ID: session-0\r\n",
    "figures without a token": "GET /metrics HTTP/1.1\r\n" + HOST,
    "figures with a wrong token": "GET /metrics HTTP/1.1\r\n" + HOST + "Authorization: Bearer " + BAD + "\r\n",
    # Files that are none of ours.
    "traversal": "GET /static/../service.py HTTP/1.1\r\n" + HOST + OURS,
    "encoded traversal": "GET /static/%2e%2e/service.py HTTP/1.1\r\n" + HOST + OURS,
    "encoded slashes": "GET /static/..%2f..%2fservice.py HTTP/1.1\r\n" + HOST + OURS,
    "backslashes": "GET /static/..\\service.py HTTP/1.1\r\n" + HOST + OURS,
    "twice encoded": "GET /static/%252e%252e/service.py HTTP/1.1\r\n" + HOST + OURS,
    "the root": "GET //etc/passwd HTTP/1.1\r\n" + HOST + OURS,
    "an encoded null byte": "GET /static/style.css%00.js HTTP/1.1\r\n" + HOST + OURS,
    "the record": "GET /tonny.db HTTP/1.1\r\n" + HOST + OURS,
    "a hidden file": "GET /.git/config HTTP/1.1\r\n" + HOST + OURS,
    # Other methods than ours.
    "TRACE": "TRACE / HTTP/1.1\r\n" + HOST + OURS,
    "CONNECT": "CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST + OURS,
    "DELETE": "DELETE /api/queue HTTP/1.1\r\n" + HOST + OURS,
    "HEAD": "HEAD /api/state HTTP/1.1\r\n" + HOST + OURS,
    "a method of its own": "PWN /api/state HTTP/1.1\r\n" + HOST + OURS,
    "an order as a question": "GET /api/order HTTP/1.1\r\n" + HOST + OURS,
    "a question as an order": "POST /api/state HTTP/1.1\r\n" + HOST + OURS + JSON + LENGTH,
    "a method in a header": "GET /api/order HTTP/1.1\r\n" + HOST + OURS + "X-HTTP-Method-Override: POST\r\n",
    "a path in a header": "GET /enter HTTP/1.1\r\n" + HOST + "X-Original-URL: /api/state\r\n",
    "a question with a body": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + LENGTH,
    # Requests that are two, or another protocol.
    "two lengths": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON + LENGTH + "Content-Length: 0\r\n",
    "a length and chunks": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON + LENGTH + "Transfer-Encoding: chunked\r\n",
    "chunks": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON + "Transfer-Encoding: chunked\r\n",
    "no length": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON,
    "a negative length": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON + "Content-Length: -1\r\n",
    "a folded header": "GET /api/state HTTP/1.1\r\n" + HOST + "X-A: b\r\n c: d\r\n" + OURS.replace("{key}", "no"),
    "a space before the colon": "GET /api/state HTTP/1.1\r\nHost : 127.0.0.1:{port}\r\n" + OURS,
    "a null byte in a header": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "X-A: \0\r\n",
    "a null byte in the path": "GET /api/\0state HTTP/1.1\r\n" + HOST + OURS,
    "a WebSocket": "GET /api/events HTTP/1.1\r\n" + HOST + OURS + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "HTTP/2 by an upgrade": "GET /api/state HTTP/1.1\r\n" + HOST + OURS + "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "HTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    "HTTP/2 at once": "PRI * HTTP/2.0\r\n",
    "TLS": "\x16\x03\x01\x02\r\n",
    "nonsense": "\u0080\u0081 garbage\r\n",
    # Too much.
    "a long path": "GET /" + "a" * 3000 + " HTTP/1.1\r\n" + HOST + OURS,
    "a long query": "GET /api/talk?query=" + "a" * 3000 + " HTTP/1.1\r\n" + HOST + OURS,
    "a long header": "GET / HTTP/1.1\r\n" + HOST + "X-A: " + "a" * 40_000 + "\r\n",
    "a large body": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON + f"Content-Length: {LONGEST_BODY + 1}\r\n",
    "an endless body": "POST /api/order HTTP/1.1\r\n" + HOST + OURS + JSON + "Content-Length: " + "9" * 400 + "\r\n",
    "a large number": "GET /api/talk?limit=" + "9" * 100 + " HTTP/1.1\r\n" + HOST + OURS,
    "a negative number": "GET /api/talk?limit=-1 HTTP/1.1\r\n" + HOST + OURS,
    "another number": "GET /api/talk?limit=%D9%A3 HTTP/1.1\r\n" + HOST + OURS,
}  # fmt: skip
"""The head of each request, without its last empty line."""


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_hostile_is_refused(name: str, tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        await page.enter()
        other = page.key
        await page.enter()
        head = HOSTILE[name].format(
            port=page.port, cookie=page.cookie, key=page.key, other=other,
            token=page.invitation,
        )  # fmt: skip
        request = (head + "Connection: close\r\n\r\n").encode("latin-1")
        reply = await page.say(request + ORDER.format().encode())
        assert 400 <= reply.status < 500
        assert CANARY not in reply.head + reply.body.decode()
        assert page.key.encode() not in reply.body
        assert reply.header("set-cookie") == ""
        assert reply.header("access-control-allow-origin") == ""
        assert len(reply.body) < 200
        assert page.told == []
        assert (await page.get("/api/state")).status == 200, "and it goes on"


WRONG = {
    "no JSON": b"{",
    "another kind": b"[]",
    "too deep": b"[" * 60_000,
    "no text": b'"\xff\xfe"',
    "an order that is not for pages": b'{"command":"set","name":"tts.volume","value":"1"}',
    "no order": b'{"command":"quit"}',
    "nothing to say": b'{"command":"say","text":""}',
}


@pytest.mark.parametrize("name", WRONG)
async def test_an_order_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        await page.enter()
        head = (
            f"POST /api/order HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
            f"Cookie: {page.cookie}\r\nX-Tonny-Key: {page.key}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(WRONG[name])}\r\n\r\n"
        )
        reply = await page.say(head.encode() + WRONG[name])
        assert reply.status == 400
        assert page.told == []


async def test_an_invitation_is_good_for_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        token = page.invitation
        assert (await page.post("/api/session", {"token": token})).status == 200
        again = await page.post("/api/session", {"token": token})
        assert again.status == 403
        assert again.header("set-cookie") == ""


@pytest.mark.parametrize("token", ["", "A" * 43, "\ud800", "x" * 60_000])
async def test_a_made_up_invitation_is_good_for_nothing(
    token: str, tmp_path: Path
) -> None:
    async with opened(tmp_path) as page:
        body = f'{{"token":"{token}"}}'.encode("utf-8", "surrogatepass")
        head = (
            f"POST /api/session HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
            "Content-Type: application/json\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        assert (await page.say(head.encode() + body)).status in (400, 403)


async def test_every_reply_says_how_little_it_may(tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        session = await page.enter()
        cookie = session.header("set-cookie").lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        for path in ("/", "/enter", "/api/state", "/nothing", "/static/app.js"):
            reply = await page.get(path)
            policy = reply.header("content-security-policy")
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert reply.header("x-content-type-options") == "nosniff"
            assert reply.header("cache-control") == "no-store"
            assert "hypercorn" not in reply.head.lower()


async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as page:
        await page.enter()
        head = (
            f"POST /api/order HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
            f"Cookie: {page.cookie}\r\nX-Tonny-Key: {page.key}\r\n"
            "Content-Type: application/json\r\nContent-Length: 33\r\n\r\n"
        )
        with trio.fail_after(BODY_WITHIN + 5):
            assert (await page.say(head.encode() + b"{")).status == 408


def test_who_is_let_in_is_not_let_in_for_ever() -> None:
    from agent.dashboard.keys import Keys

    keys = Keys()
    late = keys.invite(0)
    assert keys.redeem(late, INVITED_FOR + 1) is None
    assert keys.redeem(late, 1) is None, "it was used, though too late"
    found = keys.redeem(keys.invite(0), 1)
    assert found is not None
    assert keys.opens(found.cookie, found.key, 1 + KEPT_FOR)
    assert not keys.opens(found.cookie, found.key, 2 * (1 + KEPT_FOR) + 1)
    assert not keys.opens(found.cookie, found.cookie, 2)


def test_only_so_many_invitations_and_sessions_are_kept() -> None:
    from agent.dashboard.keys import MOST_INVITATIONS, MOST_SESSIONS, Keys

    keys = Keys()
    first, *_ = [keys.invite(n) for n in range(MOST_INVITATIONS + 1)]
    assert keys.redeem(first, 10) is None
    passes = [keys.redeem(keys.invite(n), n) for n in range(MOST_SESSIONS + 1)]
    open_ = [keys.opens(each.cookie, each.key, 50) for each in passes if each]
    assert open_ == [False, *[True] * MOST_SESSIONS]
