"""A WebSocket of ElevenLabs, and who waits for what on it."""

import logging
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import msgspec
import trio
import trio_websocket

from agent.config.settings import Secret
from agent.errors import AgentError, Unavailable
from agent.sockets import CLOSE_WITHIN, Server, open_stream, telling
from agent.speaking.elevenlabs.failures import rejection, spoken_of
from agent.speaking.elevenlabs.stream import STALLED_AFTER

logger = logging.getLogger(__name__)

OPEN_WITHIN = 5.0
LARGEST_MESSAGE = 16 << 20
"""Bytes: a whole sentence may come in one."""

_PIECES = 1000


class Message(msgspec.Struct, frozen=True):
    """What the server says, in either spelling."""

    audio: str | None = None
    contextId: str | None = None  # noqa: N815 # their name
    context_id: str | None = None
    isFinal: bool | None = None  # noqa: N815
    is_final: bool | None = None
    error: str | None = None
    message: str | None = None
    code: int | str | None = None


class Connection:
    """Open once `run` has started; what comes for a context waits for `next`."""

    def __init__(self, url: str, key: Secret) -> None:
        self.url = url
        self.alive = False
        self.why: AgentError = Unavailable("ElevenLabs closed the connection")
        self._key = key
        self._names = count(1)
        self._waiting: dict[str, trio.MemorySendChannel[Message]] = {}
        self._heard: dict[str, trio.MemoryReceiveChannel[Message]] = {}
        self._scope = trio.CancelScope()
        self._socket: trio_websocket.WebSocketConnection | None = None

    async def run(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Until it is lost. Raises only before it is there."""
        denied = "compare tts.api_key, tts.voice and tts.model with your account"
        server = Server(self.url, "ElevenLabs' WebSocket", denied)
        try:
            with self._scope, telling(server):
                await self._open(server, task_status)
        except AgentError as exc:
            if not self._socket:
                raise _explained(exc) from exc.__cause__
            logger.info("%s", exc)
        finally:
            self.alive = False
            for waiting in self._waiting.values():
                waiting.close()

    async def _open(self, server: Server, task_status: trio.TaskStatus[None]) -> None:
        with trio.fail_after(OPEN_WITHIN) as opening:
            async with (
                await open_stream(server) as stream,
                trio.open_nursery() as nursery,
            ):
                parts = urlsplit(self.url)
                socket = self._socket = await trio_websocket.wrap_client_stream(
                    nursery,
                    stream,
                    parts.netloc,
                    f"{parts.path}?{parts.query}",
                    extra_headers=[(b"xi-api-key", self._key.reveal().encode())],
                    max_message_size=LARGEST_MESSAGE,
                )
                opening.deadline = float("inf")
                self.alive = True
                task_status.started()
                try:
                    while True:
                        self._take(await socket.get_message())
                except trio_websocket.ConnectionClosed as exc:
                    self._closed(exc)
                finally:
                    with trio.move_on_after(CLOSE_WITHIN, shield=True):
                        await socket.aclose()
                    nursery.cancel_scope.cancel()

    def leave(self) -> None:
        """Close it."""
        self.alive = False
        self._scope.cancel()

    def begin(self) -> str:
        """The name of a new context."""
        name = f"tonny-{next(self._names)}"
        self._waiting[name], self._heard[name] = trio.open_memory_channel[Message](
            _PIECES
        )
        return name

    async def say(self, name: str, message: dict[str, Any]) -> None:
        """Raises why it is lost, where it is."""
        line = msgspec.json.encode({**message, "context_id": name}).decode()
        try:
            with trio.fail_after(STALLED_AFTER):
                if self._socket is None or not self.alive:
                    raise self.why
                await self._socket.send_message(line)
        except trio_websocket.ConnectionClosed:
            raise self.why from None
        except trio.TooSlowError:
            raise self._stalled() from None

    async def end(self, name: str, *, cancelled: bool) -> None:
        """Nobody waits for *name* any more."""
        self._waiting.pop(name).close()
        self._heard.pop(name).close()
        if cancelled and self.alive:
            with trio.move_on_after(CLOSE_WITHIN, shield=True), suppress(AgentError):
                await self.say(name, {"close_context": True})

    async def next(self, name: str) -> Message:
        """Raises why there is none."""
        try:
            with trio.fail_after(STALLED_AFTER):
                return await self._heard[name].receive()
        except trio.EndOfChannel:
            raise self.why from None
        except trio.TooSlowError:
            raise self._stalled() from None

    def _stalled(self) -> AgentError:
        """It may never come to itself again: the next passage gets another one."""
        self.leave()
        return Unavailable("ElevenLabs does not go on answering")

    def _take(self, raw: str | bytes) -> None:
        try:
            message = msgspec.json.decode(raw, type=Message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            logger.warning("ElevenLabs' WebSocket sent what is no message")
            return
        if message.error:
            self.alive = False  # the server closes it now
            self.why = spoken_of(message.message or message.error, message.error)
        name = message.contextId or message.context_id
        only = next(iter(self._waiting), "") if len(self._waiting) == 1 else ""
        waiting = self._waiting.get(name or only)
        if waiting is not None:
            with suppress(trio.WouldBlock):
                waiting.send_nowait(message)

    def _closed(self, exc: trio_websocket.ConnectionClosed) -> None:
        reason = exc.reason
        if reason is not None and reason.reason and not self._told:
            self.why = spoken_of(reason.reason, status=reason.code)

    @property
    def _told(self) -> bool:
        """Whether an error came before the end."""
        return "closed the connection" not in str(self.why)


def _explained(exc: AgentError) -> AgentError:
    """What *exc* means, where the answer to the handshake tells it, or that there is none."""
    match exc.__cause__:
        case trio_websocket.ConnectionRejected(status_code=status, body=body):
            return rejection(status, body) or exc
        case trio.TooSlowError():
            return Unavailable(str(exc), absent=True)
    return exc
