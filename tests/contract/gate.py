"""`prism proxy` between a client and a server, and what it has to say of both.

It buffers, and corrupts sound: this is for the contract alone.
"""

import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import trio

from tests.standins.elevenlabs.account import Account
from tests.standins.elevenlabs.server import serve_elevenlabs
from tests.standins.web import Answerer, Asked, Reply, serve_web

STARTS_WITHIN = 60.0
_ADDRESS = re.compile(rb"listening on (http://[\w.:]+)")
_HOP = {"host", "content-length", "transfer-encoding", "connection"}


class Gate:
    """Hands each request on to the proxy, and collects its *complaints*."""

    def __init__(self, proxy: str, client: httpx.AsyncClient) -> None:
        self.complaints: list[str] = []
        self.passed: list[str] = []
        self._proxy = proxy
        self._client = client

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        headers = {k: text for k, text in asked.headers.items() if k not in _HOP}
        response = await self._client.request(
            asked.method,
            f"{self._proxy}{asked.target}",
            headers=headers,
            content=asked.body,
        )
        self.passed.append(f"{asked.method} {asked.target.partition('?')[0]}")
        kind = response.headers.get("content-type", "")
        if kind.startswith("application/problem+json"):
            self.complaints.append(f"{self.passed[-1]}: {response.text}")
        # It warns of every status that the description leaves out, 401 for example.
        elif response.status_code == 200 and "sl-violations" in response.headers:
            self.complaints.append(response.headers["sl-violations"])
        await reply.whole(response.status_code, response.content, content_type=kind)


@asynccontextmanager
async def gated(
    prism: str, description: Path, server: Answerer | Account
) -> AsyncIterator[tuple[str, Gate]]:
    """The address to ask, and the gate before the *server*."""
    async with trio.open_nursery() as nursery, httpx.AsyncClient(timeout=30) as client:
        serving = serve_elevenlabs if isinstance(server, Account) else serve_web
        upstream = await nursery.start(serving, server)
        proxy = await nursery.start(_judge, prism, description, upstream)
        gate = Gate(proxy, client)
        yield await nursery.start(serve_web, gate), gate
        nursery.cancel_scope.cancel()


async def _judge(
    prism: str, description: Path, upstream: str, *, task_status: trio.TaskStatus[str]
) -> None:
    """Prism itself; reports its address once it listens."""
    command = [prism, "proxy", "--errors", "--host", "127.0.0.1", "--port", "0"]
    running = partial(
        trio.run_process,
        [*command, str(description), upstream],
        stdout=subprocess.PIPE,
    )
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(running)
        assert process.stdout is not None
        said = b""
        with trio.fail_after(STARTS_WITHIN):
            while (listening := _ADDRESS.search(said)) is None:
                said += await process.stdout.receive_some()
        task_status.started(listening[1].decode())
        async for _ in process.stdout:
            pass  # it writes a line about each request
