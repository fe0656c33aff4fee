"""Servers that are not as they should be, each in one way, on loopback: one line of JSON
with their addresses, until stdin closes. The folder that is named holds certificates."""

import ssl
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import msgspec
import trio
import trio_websocket

from tests.standins.elevenlabs.account import KEY, Account
from tests.standins.elevenlabs.server import serve_elevenlabs
from tests.standins.faults import saying
from tests.standins.n8n import N8n, listing
from tests.standins.recogniser import Recogniser
from tests.standins.together import ROOT
from tests.standins.web import Asked, Reply, serve_web
from tests.standins.whisperlivekit import WELL, serve_whisperlivekit

_TOKEN = "/v1/audio/transcriptions"


def strangers(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Start all in a process of their own, which ends when *stack* closes; returns the
    host and port of each, by its name."""
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "tests.standins.strangers", folder],
            cwd=ROOT,
            stdin=subprocess.PIPE,  # closed first when the stack closes: that ends it
            stdout=subprocess.PIPE,
        )
    )
    assert process.stdout is not None
    return msgspec.json.decode(process.stdout.readline(), type=dict[str, str])


async def _reject(status: int, request: trio_websocket.WebSocketRequest) -> None:
    await request.reject(status)


async def _yesterday(asked: Asked, reply: Reply) -> None:
    then = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    await reply.whole(405, b"", date=then)


async def _silence(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def _greet(stream: trio.SocketStream) -> None:
    """As a mail server does, which waits for its client then."""
    await stream.send_all(b"220 mail.example ESMTP\r\n")
    await trio.sleep_forever()


async def _hang_up(stream: trio.SocketStream) -> None:
    await stream.aclose()


async def _serve(
    answer: Callable[[trio.SocketStream], object],
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    listeners: Sequence[trio.SocketListener]
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    task_status.started(f"tcp://127.0.0.1:{listeners[0].socket.getsockname()[1]}")
    await trio.serve_listeners(answer, listeners)  # type: ignore[arg-type] # async


def _encrypting(folder: Path, inner: str) -> Callable[[trio.SocketStream], object]:
    """What stands before *inner*, with the certificate in *folder*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    host, port = inner.rpartition("/")[2].split(":")

    async def pass_on(
        source: trio.abc.Stream, sink: trio.abc.Stream, nursery: trio.Nursery
    ) -> None:
        async for some in source:
            await sink.send_all(some)
        nursery.cancel_scope.cancel()

    async def converse(raw: trio.SocketStream) -> None:
        outer = trio.SSLStream(raw, context, server_side=True, https_compatible=True)
        try:
            await outer.do_handshake()
            async with (
                await trio.open_tcp_stream(host, int(port)) as plain,
                trio.open_nursery() as nursery,
            ):
                nursery.start_soon(pass_on, outer, plain, nursery)
                nursery.start_soon(pass_on, plain, outer, nursery)
        except* (trio.BrokenResourceError, OSError):
            pass  # whoever looks at the certificate alone goes away then
        finally:
            await trio.aclose_forcefully(raw)

    return converse


def _spent() -> Account:
    account = Account(key=KEY)
    account.used = account.limit
    return account


def _low() -> Account:
    account = Account(key=KEY)
    account.used = account.limit * 95 // 100
    return account


def _unpermitted() -> Account:
    account = Account(key=KEY)
    account.lacks = {"text_to_speech"}
    return account


async def main(folder: Path) -> None:
    ear = partial(serve_whisperlivekit, Recogniser())
    deaf = Recogniser(manner="refuse")
    unknown = {**WELL, _TOKEN: (401, {"detail": "Unauthorized"})}
    unready = {**WELL, "/health": (503, {"status": "loading", "ready": False})}
    refusing = partial(_reject, 403)
    servers = {
        "silent": partial(_serve, _silence),
        "mail": partial(_serve, _greet),
        "gone": partial(_serve, _hang_up),
        "page": partial(serve_web, saying(200, b"<!DOCTYPE html>It works!")),
        "nothing": partial(serve_web, saying(404, b'{"detail":"Not Found"}')),
        "forbidden": partial(serve_web, saying(403, b"Forbidden"), refusing),
        "failing": partial(serve_web, saying(502, b""), partial(_reject, 502)),
        "moved": partial(serve_web, saying(308, b"", location="http://other/")),
        "yesterday": partial(serve_web, _yesterday),
        "ear": ear,
        "ear_elsewhere": partial(serve_whisperlivekit, deaf),
        "ear_locked": partial(serve_whisperlivekit, deaf, unknown),
        "ear_loading": partial(serve_whisperlivekit, deaf, unready),
        "n8n": partial(serve_web, N8n()),
        "n8n_guarded": partial(serve_web, N8n(token="right")),
        "n8n_old": partial(serve_web, N8n(release="1.120.0")),
        "n8n_inactive": partial(serve_web, N8n(active=False)),
        "n8n_get": partial(serve_web, listing(active=False, httpMethod="GET")),
        "n8n_locked": partial(serve_web, listing()),
        "voice": partial(serve_elevenlabs, Account(key=KEY)),
        "voice_spent": partial(serve_elevenlabs, _spent()),
        "voice_low": partial(serve_elevenlabs, _low()),
        "voice_unpermitted": partial(serve_elevenlabs, _unpermitted()),
    }
    async with trio.open_nursery() as nursery:
        at = {name: await nursery.start(server) for name, server in servers.items()}
        for name in ("ear", "n8n", "voice"):
            for kind in ("untrusted", "expired"):
                front = _encrypting(folder / kind, at[name])
                at[f"{name}_{kind}"] = await nursery.start(partial(_serve, front))
        plain = {name: url.rpartition("/")[2] for name, url in at.items()}
        print(msgspec.json.encode(plain).decode(), flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
