"""The connection to a workflow's WebSocket: made again and again, and sorted out."""

import logging
import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from agent.ports import Pushed, Question, Seen
from agent.sockets import (
    CLOSE_WITHIN,
    LARGEST_MESSAGE,
    Server,
    Stream,
    open_stream,
    telling,
)
from agent.thinking.exchange import request
from agent.thinking.request import credentials

OPEN_WITHIN = 5.0
"""Seconds; stock n8n accepts a connection to ``:5678/ws`` and never says a word."""

FIRST_TRY_WITHIN = 2.0
"""Seconds that a question asked right after the start waits for the connection."""

LONGEST_REST = 2.0
"""Seconds between two tries at most: a question may be waiting."""

PING_EVERY = 20.0
PONG_WITHIN = 10.0
SENT_WITHIN = 5.0

_PIECES = 100
"""Messages that may wait for whoever asked: then the server has to wait, too."""

logger = logging.getLogger(__name__)


class Connection:
    """`stay_connected` has to run for as long as it is used.

    *acks* tells whether this server acknowledges requests, as far as is known, and
    *why* it is away.
    """

    def __init__(self, settings: Workflow, seen: Seen, pushed: Pushed) -> None:
        self.acks = False
        self.shown = "the workflow's WebSocket"
        self.why = "it is not connected yet"
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
        self._tried = trio.Event()
        self._asked: dict[str, trio.MemorySendChannel[Envelope]] = {}

    async def ready(self, within: float = FIRST_TRY_WITHIN) -> None:
        """Raises `Unavailable` when it is away; waits a moment after the start."""
        with trio.move_on_after(within):
            await self._tried.wait()
        self._connected()

    @contextmanager
    def answers(self, id: str) -> Iterator[trio.MemoryReceiveChannel[Envelope]]:
        """What comes for the request *id*; it ends when the connection does."""
        send, receive = trio.open_memory_channel[Envelope](_PIECES)
        self._asked[id] = send
        with send, receive:
            try:
                yield receive
            finally:
                self._asked.pop(id, None)

    async def put(self, question: Question) -> None:
        """Raises `Unavailable` when it is away."""
        await self._send(request(question))

    async def cancel(self, id: str) -> None:
        """Nobody waits for the answer to *id* any more."""
        with trio.move_on_after(CLOSE_WITHIN, shield=True), suppress(Unavailable):
            await self._send(msgspec.json.encode({"type": "cancel", "id": id}))

    async def _send(self, message: bytes) -> None:
        try:
            with trio.fail_after(SENT_WITHIN):
                await self._connected().send_message(message.decode())
        except (trio_websocket.ConnectionClosed, trio.TooSlowError):
            raise Unavailable("the workflow's WebSocket takes nothing") from None

    def _connected(self) -> trio_websocket.WebSocketConnection:
        if self._socket is None:
            raise Unavailable(
                f"the workflow's WebSocket is away: {self.why}", absent=True
            )
        return self._socket

    async def stay_connected(self) -> None:
        """For ever: with full jitter between two tries."""
        restarts = Restarts(ceiling=LONGEST_REST)
        while True:
            try:
                with telling(self._server):
                    await self._connection(restarts)
            except AgentError as exc:
                self.why = str(exc)
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
                self._socket, self.acks = socket, False
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
        said = {**_bearer(self._settings), **credentials(self._settings)}.items()
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
                self.acks = True
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


def _bearer(settings: Workflow) -> dict[str, str]:
    """What a server of WebSockets expects, whatever header the webhook wants."""
    token = settings.token.reveal()
    return {"Authorization": f"Bearer {token}"} if token else {}
