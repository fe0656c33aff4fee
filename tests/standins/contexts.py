"""A stand-in for ElevenLabs' multi-context WebSocket: each letter is two bytes of sound."""

import base64
import json
from functools import partial
from typing import Any

import trio
import trio_websocket


class Account:
    """What it was *told*, and how it misbehaves: it *spells* names as live servers do,
    *cuts* the connection after so many messages with sound, or says an *error*."""

    def __init__(
        self,
        *,
        spells: str = "contextId",
        cuts: int | None = None,
        error: dict[str, Any] | None = None,
        refuses: int = 0,
    ) -> None:
        self.told: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.connections = 0
        self.spells = spells
        self.cuts = cuts
        self.error = error
        self.refuses = refuses


def sound_of(text: str) -> bytes:
    return b"".join(letter.encode() + b" " for letter in text)


async def serve_contexts(
    account: Account,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """On a free loopback port, until cancelled; reports ``http://127.0.0.1:PORT``."""
    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            partial(
                trio_websocket.serve_websocket,
                partial(_accept, account),
                "127.0.0.1",
                0,
                ssl_context=None,
            )
        )
        task_status.started(f"http://127.0.0.1:{server.port}")


async def _accept(account: Account, request: trio_websocket.WebSocketRequest) -> None:
    if account.refuses:
        await request.reject(account.refuses)
        return
    account.connections += 1
    account.paths.append(request.path)
    socket = await request.accept()
    texts: dict[str, str] = {}
    try:
        while True:
            message = json.loads(await socket.get_message())
            account.told.append(message)
            await _answer(account, socket, message, texts)
    except trio_websocket.ConnectionClosed:
        pass


async def _answer(
    account: Account,
    socket: trio_websocket.WebSocketConnection,
    message: dict[str, Any],
    texts: dict[str, str],
) -> None:
    name = message["context_id"]
    final = "is_final" if account.spells == "context_id" else "isFinal"
    if account.error is not None:
        await socket.send_message(json.dumps({**account.error, "contextId": name}))
        await socket.aclose(1008, account.error["message"][:100])
        return
    if message.get("close_context"):
        await socket.send_message(json.dumps({final: True, account.spells: name}))
    elif message.get("flush"):
        sound = sound_of(message["text"].strip())
        for at in range(0, len(sound), 3):  # odd, as live servers do not promise
            if account.cuts is not None:
                account.cuts -= 1
                if account.cuts < 0:
                    await socket.aclose(1011, "internal")
                    return
            audio = base64.b64encode(sound[at : at + 3]).decode()
            await socket.send_message(
                json.dumps({"audio": audio, "alignment": None, account.spells: name})
            )
