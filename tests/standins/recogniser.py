"""A stand-in for WhisperLiveKit's ``/asr``: what it hears is always the same."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
import trio
import trio_websocket

HEARD = "what time is it"
Serving = Callable[[trio_websocket.WebSocketRequest], Awaitable[None]]


class Recogniser:
    """One word more with each frame, the last of them when the empty frame comes.

    *pcm* is what it says of itself (None: it is too old to say anything, and knows
    only what it worked out before the empty frame); *manner* is where it goes wrong.
    *frames* is all that it was sent, text frames as str.
    """

    def __init__(
        self, *, pcm: bool | None = True, manner: str = "well", text: str = HEARD
    ) -> None:
        self.pcm = pcm
        self.manner = manner
        self.words = text.split()
        self.frames: list[bytes | str] = []
        self.paths: list[str] = []
        self.headers: list[dict[bytes, bytes]] = []

    async def __call__(self, request: trio_websocket.WebSocketRequest) -> None:
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        if self.manner == "refuse":
            await request.reject(403)
            return
        socket = await request.accept()
        # A client may go whenever it likes.
        with suppress(trio_websocket.ConnectionClosed):
            await self._converse(socket)

    async def _converse(self, socket: trio_websocket.WebSocketConnection) -> None:
        if self.pcm is not None:
            await _tell(socket, type="config", useAudioWorklet=self.pcm, mode="full")
        await self._state(socket, [], "")
        if self.manner == "babble":
            await socket.send_message("}{")
        said = 0
        while frame := await socket.get_message():
            self.frames.append(frame)
            if self.manner == "vanish":
                await socket.aclose(1011)
                return
            if self.manner == "fail":
                await _tell(socket, status="error", error="FFmpeg failed")
            if self.pcm is None and not any(frame):
                await self._state(socket, self.words[:-1], "".join(self.words[-1:]))
                continue
            said = min(said + 1, len(self.words) - 1)
            await self._state(socket, self.words[:said], "")
        self.frames.append(frame)
        if self.manner != "late":
            if self.pcm is not None:
                await self._state(socket, self.words[:-1], "".join(self.words[-1:]))
            await _tell(socket, type="ready_to_stop")
        await socket.get_message()  # like the real one it never hangs up first

    async def _state(
        self, socket: trio_websocket.WebSocketConnection, said: list[str], tail: str
    ) -> None:
        pause = {"speaker": -2, "text": ""}
        line = {"speaker": 1, "text": "".join(f" {word}" for word in said)}
        age = {} if self.pcm is None else {"remaining_time_transcription_policy": 0.0}
        await _tell(
            socket,
            status="active_transcription",
            lines=[pause, line],
            buffer_transcription=f" {tail}",
            buffer_diarization="",
            **age,
        )


async def _tell(socket: trio_websocket.WebSocketConnection, **message: object) -> None:
    await socket.send_message(msgspec.json.encode(message).decode())


async def serve_recogniser(
    serving: Serving,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """On a free loopback port, until cancelled; reports ``ws://127.0.0.1:PORT``."""
    async with trio.open_nursery() as nursery:
        server: trio_websocket.WebSocketServer = await nursery.start(
            trio_websocket.serve_websocket, serving, "127.0.0.1", 0, None
        )
        task_status.started(f"ws://127.0.0.1:{server.port}")
