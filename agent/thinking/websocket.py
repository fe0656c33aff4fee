"""A workflow behind a WebSocket that stays open: answers come without a handshake, and
the workflow may speak up by itself."""

import logging
import math
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import msgspec
import trio
import trio_websocket

from agent.config.settings import Workflow
from agent.core.envelope import (
    Ack,
    Chunk,
    Envelope,
    Other,
    Response,
    Signed,
    Wanted,
    opened,
)
from agent.core.restarts import Restarts
from agent.core.signature import verify
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Part, Pushed, Question, Seen
from agent.sockets import (
    CLOSE_WITHIN,
    LARGEST_MESSAGE,
    Server,
    Stream,
    open_stream,
    telling,
)
from agent.thinking.exchange import Exchange, request
from agent.thinking.request import credentials

OPEN_WITHIN = 5.0
"""Seconds; stock n8n accepts a connection to ``:5678/ws`` and never says a word."""

FIRST_TRY_WITHIN = 2.0
"""Seconds that a question asked right after the start waits for the connection."""

PING_EVERY = 20.0
PONG_WITHIN = 10.0
SENT_WITHIN = 5.0

_PIECES = 100
"""Messages that may wait for whoever asked: then the server has to wait, too."""

logger = logging.getLogger(__name__)


@asynccontextmanager
async def open_websocket(
    settings: Workflow, seen: Seen, pushed: Pushed
) -> AsyncIterator["WebSocketMind"]:
    """It is connected, and connected again, for as long as it is open."""
    mind = WebSocketMind(settings, seen, pushed)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mind.stay_connected)
        yield mind
        nursery.cancel_scope.cancel()


class WebSocketMind:
    """Satisfies `agent.ports.Mind`."""

    name = "n8n-websocket"

    def __init__(self, settings: Workflow, seen: Seen, pushed: Pushed) -> None:
        self._settings = settings
        self._seen = seen
        self._pushed = pushed
        parts = urlsplit(settings.websocket_url)
        self._server = Server(
            settings.websocket_url,
            f"{parts.scheme}://{parts.netloc}{parts.path}",
            "compare workflow.websocket_url and workflow.token with its own",
        )
        self._socket: trio_websocket.WebSocketConnection | None = None
        self._why = "it is not connected yet"
        self._tried = trio.Event()
        self._acks = False
        self._asked: dict[str, trio.MemorySendChannel[Envelope]] = {}

    @trio.as_safe_channel
    async def answer(self, question: Question) -> AsyncGenerator[Part, None]:
        """As the workflow sends it.

        Raises `Unavailable` when it is away, or goes away, and `Refused` when it says
        that it failed.
        """
        await self._first_try()
        if self._socket is None:
            raise Unavailable(f"the workflow's WebSocket is away: {self._why}")
        exchange = Exchange(self._acks)
        send, messages = trio.open_memory_channel[Envelope](_PIECES)
        self._asked[question.id] = send
        deadline = self._settings.deadline
        try:
            with trio.fail_after(deadline) as budget:
                await self._send(request(question))
                async for message in messages:
                    for part in exchange.parts(message):
                        # The time that passes while we speak is not the workflow's.
                        left = budget.deadline - trio.current_time()
                        budget.deadline = math.inf
                        yield part
                        budget.deadline = trio.current_time() + left
                    if exchange.over:
                        return
            raise Unavailable(
                f"the workflow's WebSocket went away: {self._why}",
                unsure=exchange.unsure,
            )
        except trio.TooSlowError:
            raise Unavailable(
                f"the workflow took longer than {deadline:g} s (workflow.deadline)",
                unsure=True,
            ) from None
        finally:
            self._asked.pop(question.id, None)
            if not exchange.over:
                await self._cancel(question.id)

    async def stay_connected(self) -> None:
        """For ever: with full jitter between two tries."""
        restarts = Restarts()
        while True:
            try:
                with telling(self._server):
                    await self._connection(restarts)
            except AgentError as exc:
                self._why = str(exc)
                logger.info("the workflow's WebSocket: %s", exc)
            self._tried.set()
            await trio.sleep(restarts.unavailable(trio.current_time(), random.random()))

    async def _connection(self, restarts: Restarts) -> None:
        with trio.fail_after(OPEN_WITHIN) as opening:
            async with (
                await open_stream(self._server) as stream,
                trio.open_nursery() as nursery,
            ):
                socket = await self._shake_hands(nursery, stream)
                opening.deadline = math.inf
                restarts.up(trio.current_time())
                self._socket, self._acks = socket, False
                self._tried.set()
                nursery.start_soon(self._keep_alive, socket)
                try:
                    while True:
                        await self._take(socket, await socket.get_message())
                finally:
                    self._socket = None
                    for asked in self._asked.values():
                        asked.close()
                    with trio.move_on_after(CLOSE_WITHIN):
                        await socket.aclose()
                    nursery.cancel_scope.cancel()

    async def _shake_hands(
        self, nursery: trio.Nursery, stream: Stream
    ) -> trio_websocket.WebSocketConnection:
        parts = urlsplit(self._server.url)
        said = credentials(self._settings).items()
        return await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            parts.netloc,
            f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}",
            extra_headers=[(name.encode(), text.encode()) for name, text in said],
            max_message_size=LARGEST_MESSAGE,
        )

    async def _keep_alive(self, socket: trio_websocket.WebSocketConnection) -> None:
        """A connection whose other end is gone looks like one where nobody speaks."""
        while True:
            await trio.sleep(PING_EVERY)
            with trio.fail_after(PONG_WITHIN):
                await socket.ping()

    async def _take(
        self, socket: trio_websocket.WebSocketConnection, message: str | bytes
    ) -> None:
        try:
            await self._sort(
                socket, opened(message), believed=not self._settings.verify
            )
        except Refused as exc:
            logger.warning("%s", exc)

    async def _sort(
        self,
        socket: trio_websocket.WebSocketConnection,
        envelope: Envelope,
        *,
        believed: bool,
    ) -> None:
        match envelope:
            case Signed(headers, body):
                await self._believe(headers, body)
                await self._sort(socket, opened(body), believed=True)
            case Other(ping):
                if ping:
                    await socket.send_message('{"type":"pong"}')
            case Ack(id):
                self._acks = True
                await self._pass_on(id, envelope)
            case _ if not believed:
                raise Refused("the workflow's WebSocket sent what is not signed")
            case Wanted(commands):
                for command in commands:
                    self._pushed(command)
            case Chunk(id) | Response(id):
                await self._pass_on(id, envelope)

    async def _believe(self, headers: dict[str, str], body: bytes) -> None:
        both = self._settings.secret, self._settings.old_secret
        secrets = [secret.reveal() for secret in both]
        if not await self._seen.first_time(verify(secrets, headers, body, time.time())):
            raise Refused("the signature is missing, wrong or too old")

    async def _pass_on(self, id: str, envelope: Envelope) -> None:
        """To whoever asked, if they still wait; an id that is left out is the only one."""
        only = next(iter(self._asked)) if len(self._asked) == 1 else id
        if (asked := self._asked.get(id or only)) is not None:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await asked.send(envelope)

    async def _first_try(self) -> None:
        with trio.move_on_after(FIRST_TRY_WITHIN):
            await self._tried.wait()

    async def _send(self, message: bytes) -> None:
        if self._socket is None:
            raise Unavailable(f"the workflow's WebSocket is away: {self._why}")
        try:
            with trio.fail_after(SENT_WITHIN):
                await self._socket.send_message(message.decode())
        except (trio_websocket.ConnectionClosed, trio.TooSlowError):
            raise Unavailable("the workflow's WebSocket takes nothing") from None

    async def _cancel(self, id: str) -> None:
        """Nobody waits for the answer to *id* any more."""
        with trio.move_on_after(CLOSE_WITHIN, shield=True), suppress(Unavailable):
            await self._send(msgspec.json.encode({"type": "cancel", "id": id}))
