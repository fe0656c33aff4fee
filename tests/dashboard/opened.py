"""A dashboard on a port of its own, whose Tonny does what it is told and remembers it."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import trio

from agent.config.settings import Metrics
from agent.control.commands import Command, Done, Reply, Status
from agent.control.standing import Integration, Standing
from agent.dashboard.service import Dashboard
from agent.hub import Hub, steady_clock

CANARY = "canary-in-the-record"

STANDING = Standing(
    "ready", "voice", CANARY, "ears", (Integration("n8n", "away", 1.0, CANARY),)
)


class Answer(msgspec.Struct):
    """What came back; `status` 0 where the connection was just closed."""

    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        for line in self.head.split("\r\n")[1:]:
            found, _, value = line.partition(": ")
            if found.lower() == name.lower():
                return value
        return ""


class Opened:
    """The dashboard as a browser sees it."""

    def __init__(self, dashboard: Dashboard, hub: Hub, told: list[Command]) -> None:
        self.dashboard = dashboard
        self.hub = hub
        self.told = told
        self.port = int(dashboard.invitation().split(":")[2].split("/")[0])
        self.cookie = self.key = ""

    @property
    def invitation(self) -> str:
        return self.dashboard.invitation().partition("#")[2]

    async def enter(self) -> Answer:
        """Have a session of its own."""
        reply = await self.post("/api/session", {"token": self.invitation})
        self.cookie = reply.header("set-cookie").split(";")[0]
        self.key = msgspec.json.decode(reply.body)["key"]
        return reply

    async def get(self, path: str) -> Answer:
        return await self.say(f"GET {path} HTTP/1.1\r\n{self._heads}\r\n".encode())

    async def post(self, path: str, body: object) -> Answer:
        content = msgspec.json.encode(body)
        head = (
            f"POST {path} HTTP/1.1\r\n{self._heads}Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return await self.say(head.encode() + content)

    @property
    def _heads(self) -> str:
        return (
            f"Host: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n"
            f"X-Tonny-Key: {self.key}\r\nConnection: close\r\n"
        )

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", self.port)

    async def say(self, request: bytes) -> Answer:
        """What comes back to *request*, to the end of the connection."""
        async with await self.connect() as stream:
            received = b""
            with trio.fail_after(30), contextlib.suppress(trio.BrokenResourceError):
                with contextlib.suppress(trio.BrokenResourceError):
                    await stream.send_all(request)
                while more := await stream.receive_some():
                    received += more
        head, _, body = received.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        return Answer(status, head.decode("latin-1"), body)


@asynccontextmanager
async def opened(folder: Path, metrics: Metrics = "token") -> AsyncIterator[Opened]:
    told: list[Command] = []

    async def handle(command: Command) -> Reply:
        await trio.lowlevel.checkpoint()
        if isinstance(command, Status):
            return STANDING
        told.append(command)
        return Done()

    hub = Hub("session", steady_clock())
    dashboard = Dashboard(hub, folder / "tonny.db", handle, metrics)
    async with trio.open_nursery() as nursery:
        await nursery.start(dashboard.run, 0)
        yield Opened(dashboard, hub, told)
        nursery.cancel_scope.cancel()
