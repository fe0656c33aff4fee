"""The stand-in's WebSockets: ``stream-input`` and ``multi-stream-input``.

Protocol: https://elevenlabs.io/docs/api-reference (AsyncAPI 1.1.0), and what its official
clients send.
"""

from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import trio
import trio_websocket

from tests.standins.elevenlabs.account import Account, Socket
from tests.standins.elevenlabs.contexts import Context, Ended, Told
from tests.standins.elevenlabs.errors import SPOKEN, Failure
from tests.standins.elevenlabs.request import refusal
from tests.standins.elevenlabs.speech import STREAMED

MOST_CONTEXTS = 5
LONGEST_INACTIVITY = 180.0
_KEYS = ("xi-api-key", "xi_api_key", "authorization")


async def accept(account: Account, request: trio_websocket.WebSocketRequest) -> None:
    parts = urlsplit(request.path)
    query = dict(parse_qsl(parts.query))
    headers = {name.decode(): text.decode() for name, text in request.headers}
    refused = _refused(account, parts.path, query)
    if refused is not None:
        kind = [(b"content-type", refused.content_type.encode())]
        await request.reject(refused.status, extra_headers=kind, body=refused.body)
        return
    *_, voice, manner = parts.path.split("/")
    opened = Socket(request.path, headers)
    account.sockets.append(opened)
    socket = await request.accept()
    dialogue = Dialogue(account, opened, unquote(voice), query)
    with suppress(trio_websocket.ConnectionClosed):  # a client may go when it likes
        try:
            await dialogue.hold(socket, many=manner == "multi-stream-input")
        except* Ended as group:
            await _close(account, socket, _first(group))
        except* trio_websocket.ConnectionClosed:
            pass


def _refused(account: Account, path: str, query: dict[str, str]) -> Failure | None:
    """Why there is no such WebSocket."""
    match path.strip("/").split("/"):
        case ["v1", "text-to-speech", _, "stream-input" | "multi-stream-input"]:
            model = account.model(query.get("model_id", ""))
            if model is not None and not model.sockets:
                return Failure(403, b"")
            return account.error(account.refuses) if account.refuses else None
    return Failure(404, b'{"detail":"Not Found"}')


async def _close(
    account: Account, socket: trio_websocket.WebSocketConnection, why: Ended
) -> None:
    if why.code != 1000 and why.error and not account.curt:
        told = {"message": why.message, "error": why.error, "code": why.code}
        await socket.send_message(msgspec.json.encode(told).decode())
    await socket.aclose(why.code, why.message[:120])


def _first(group: BaseExceptionGroup[Ended]) -> Ended:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Ended)
    return found


class Dialogue:
    """What is said on one WebSocket; its end is an `Ended` that is raised."""

    def __init__(
        self, account: Account, opened: Socket, voice: str, query: dict[str, str]
    ) -> None:
        self._account = account
        self._opened = opened
        self._voice = voice
        self._query = query
        self._model = account.model(query.get("model_id", "eleven_multilingual_v2"))
        self._format = query.get("output_format", "mp3_44100_128")
        self._contexts: dict[str | None, Context] = {}
        wanted = float(query.get("inactivity_timeout", 20))
        self._patience = min(wanted, LONGEST_INACTIVITY)

    async def hold(
        self, socket: trio_websocket.WebSocketConnection, *, many: bool
    ) -> None:
        tell = partial(_send, socket, self._opened.said)
        async with trio.open_nursery() as nursery:
            take = self._take_many if many else self._take_one
            while True:
                message = await self._next(socket)
                if not self._opened.told:
                    self._admit(message)
                self._opened.told.append(message)
                if take(message, tell, nursery):
                    break
        raise Ended(1000)  # once all that was to be said is said

    async def _next(self, socket: trio_websocket.WebSocketConnection) -> dict[str, Any]:
        with trio.move_on_after(self._patience):
            raw = await socket.get_message()
            return msgspec.json.decode(raw, type=dict[str, Any])
        raise _spoken("input_timeout_exceeded")

    def _admit(self, first: dict[str, Any]) -> None:
        """Raises `Ended` with why nothing is said to whoever sent *first*."""
        account, query = self._account, self._query
        given = [*map(self._opened.headers.get, _KEYS), *map(query.get, _KEYS)]
        given += map(first.get, _KEYS)
        key = next((each for each in given if each), None)
        language = query.get("language_code")
        refused = account.key_refused(key, "text_to_speech") or refusal(
            account, self._voice, self._format, language, self._model
        )
        if refused is not None:
            raise Ended(1008, refused.name, refused.message)
        if self._format not in STREAMED:
            raise Ended(1008, "invalid_output_format", "No such output_format.")

    def _take_one(
        self, message: dict[str, Any], tell: Told, nursery: trio.Nursery
    ) -> bool:
        """True if it was the last one."""
        if not self._contexts:
            self._begun(None, message, tell, nursery)
        context = self._contexts[None]
        context.add(message)
        if message.get("text") == "":
            context.flush()
            context.close()
            return True
        return False

    def _take_many(
        self, message: dict[str, Any], tell: Told, nursery: trio.Nursery
    ) -> bool:
        """Likewise."""
        if message.get("close_socket"):
            for each in self._contexts.values():
                each.close()
            return True
        name = message.get("context_id", "default")
        context = self._contexts.get(name)
        if message.get("close_context"):
            if context is not None:
                self._contexts.pop(name).close()
            return False
        if context is None:
            if not message.get("text"):
                return False  # nothing that could be kept alive
            if len(self._contexts) == MOST_CONTEXTS:
                raise _spoken("max_contexts_exceeded")
            context = self._begun(name, message, tell, nursery)
        context.add(message)
        return False

    def _begun(
        self,
        name: str | None,
        message: dict[str, Any],
        tell: Told,
        nursery: trio.Nursery,
    ) -> Context:
        assert self._model is not None  # as it was admitted
        auto = self._query.get("auto_mode") == "true"
        context = Context(self._account, name, self._model, message, auto=auto)
        self._contexts[name] = context
        nursery.start_soon(context.speak, self._format, tell)
        return context


def _spoken(error: str) -> Ended:
    return Ended(1008, error, SPOKEN[error])


async def _send(
    socket: trio_websocket.WebSocketConnection,
    said: list[dict[str, Any]],
    message: dict[str, Any],
) -> None:
    said.append(message)
    await socket.send_message(msgspec.json.encode(message).decode())
