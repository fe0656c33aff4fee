"""WhisperLiveKit over its native WebSocket: one session for each utterance.

Protocol (0.2.26): binary frames of audio, an empty one ends it; a text frame makes
the server hang up. It answers with `agent.core.transcript`'s messages, and never
closes first.
"""

import math
import struct
from array import array
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import h11
import trio
import trio_websocket
import wsproto

from agent.config.settings import Secret
from agent.core.transcript import LiveTranscript
from agent.errors import AgentError, Refused, Unavailable, translating
from agent.ports import RATE, Transcript, Utterance

OPEN_WITHIN = 5.0
GREETED_WITHIN = 3.0
SENT_WITHIN = 5.0
CLOSE_WITHIN = 1.0
LARGEST_MESSAGE = 1 << 20
BURST = 2 * RATE
"""Bytes of one frame at most: a second; a server dislikes more at once."""

AU_HEADER = struct.pack(">4s5I", b".snd", 24, 0xFFFFFFFF, 3, RATE, 1)
"""A stream of unknown length, 16-bit linear, mono; its samples are big-endian. A
server without ``--pcm-input`` pipes what it gets to ffmpeg, and from this header
ffmpeg gets going at once (from a WAV's it takes five seconds)."""

_ERRORS = (
    trio_websocket.HandshakeError,
    trio_websocket.ConnectionClosed,
    wsproto.utilities.ProtocolError,  # what a hostile handshake may leak,
    h11.ProtocolError,  # and a worse one
    trio.TooSlowError,
    OSError,
)


class WhisperLiveKit:
    """Satisfies `agent.ports.Transcriber`."""

    name = "whisperlivekit"

    def __init__(self, url: str, token: Secret, language: str) -> None:
        self._url = session_url(url, language)
        self._shown = self._url.partition("?")[0]
        if "@" in self._shown:  # a password has no place in a message
            self._shown = (
                f"{self._url.partition(':')[0]}://{self._shown.rpartition('@')[2]}"
            )
        self._token = token

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        """Raises `Unavailable` when the server is away, lost or late (max(3 s, twice
        the audio) after the end), and `Refused` when it says no."""
        live = LiveTranscript()
        try:
            async with self._session() as socket:
                await _converse(socket, utterance, live, partial)
        except BaseExceptionGroup as group:
            if (stop := group.subgroup(_is_no_error)) is not None:
                raise stop from None  # cancelled; what else broke no longer matters
            self._tell(_first(group))
        except _ERRORS as exc:
            self._tell(exc)
        return Transcript(live.text, live.language)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[trio_websocket.WebSocketConnection]:
        parts = urlsplit(self._url)
        bearer = f"Bearer {self._token.reveal()}".encode()
        with trio.fail_after(OPEN_WITHIN) as opening:
            # The stream is ours to close: trio-websocket's own connect function leaves
            # it open when the handshake fails.
            async with (
                await _connected(parts) as stream,
                trio.open_nursery() as nursery,
            ):
                socket = await trio_websocket.wrap_client_stream(
                    nursery,
                    stream,
                    parts.netloc.rpartition("@")[2],
                    f"{parts.path}?{parts.query}",
                    extra_headers=[(b"Authorization", bearer)] if self._token else [],
                    max_message_size=LARGEST_MESSAGE,
                )
                opening.deadline = math.inf
                try:
                    yield socket
                finally:
                    # Not every server says goodbye.
                    with trio.move_on_after(CLOSE_WITHIN):
                        await socket.aclose()
                    nursery.cancel_scope.cancel()

    def _tell(self, exc: BaseException) -> NoReturn:
        """Raise a library's error as one of ours; a bug as what it is."""
        match exc:
            case trio_websocket.ConnectionRejected(status_code=status):
                said = f"{self._shown} answered {status}"
                if status >= 500:
                    raise Unavailable(said) from exc
                hint = "wrong path or token (stt.url, stt.token)"
                raise Refused(f"{said}: {hint}") from exc
            case trio.TooSlowError():
                raise Unavailable(f"{self._shown} does not answer") from exc
            case trio_websocket.ConnectionClosed():
                raise Unavailable(f"{self._shown} closed the connection") from exc
        with translating(dict.fromkeys(_ERRORS, Unavailable), f"{self._shown}: "):
            raise exc


async def _converse(
    socket: trio_websocket.WebSocketConnection,
    utterance: Utterance,
    live: LiveTranscript,
    partial: Callable[[str], None],
) -> None:
    """Send and read side by side, until the server has nothing to add."""
    greeted, settled = trio.Event(), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read, socket, live, partial, greeted, settled)
        with trio.move_on_after(GREETED_WITHIN):
            await greeted.wait()  # it says which kind of audio it takes
        # Servers too old to say so know nothing but ffmpeg.
        seconds = await _send(socket, utterance, container=live.pcm is not True)
        if settled.is_set():
            raise Unavailable("WhisperLiveKit stopped listening before the end")
        with trio.move_on_after(max(3.0, 2 * seconds)):
            await settled.wait()
            return
        raise Unavailable("WhisperLiveKit took too long over the end of an utterance")


async def _read(
    socket: trio_websocket.WebSocketConnection,
    live: LiveTranscript,
    partial: Callable[[str], None],
    greeted: trio.Event,
    settled: trio.Event,
) -> None:
    while not live.settled:
        if live.feed(await socket.get_message()):
            partial(live.text)
        greeted.set()
    settled.set()


async def _send(
    socket: trio_websocket.WebSocketConnection, utterance: Utterance, *, container: bool
) -> float:
    """All of it, as it is spoken, then the empty frame that ends it; its seconds."""
    sent = 0
    if container:
        await _frame(socket, AU_HEADER)
    async with _closing(utterance.chunks()) as chunks:
        async for chunk in chunks:
            for at in range(0, len(chunk), BURST):
                piece = chunk[at : at + BURST]
                await _frame(socket, _big_endian(piece) if container else piece)
            sent += len(chunk)
    await _frame(socket, b"")
    return sent / (2 * RATE)


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    """A generator that is left early should end then, not when it is collected."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


async def _frame(socket: trio_websocket.WebSocketConnection, frame: bytes) -> None:
    """Raises `trio.TooSlowError` when the server has stopped reading."""
    with trio.fail_after(SENT_WITHIN):
        await socket.send_message(frame)


def _big_endian(pcm: bytes) -> bytes:
    samples = array("h", pcm)
    samples.byteswap()
    return samples.tobytes()


def session_url(url: str, language: str) -> str:
    """The address of a session: what the user gave, completed."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    query = dict(parse_qsl(parts.query))
    query.setdefault("mode", "full")
    if language != "auto":
        query.setdefault("language", language)
    path = parts.path if parts.path not in {"", "/"} else "/asr"
    return urlunsplit((scheme, parts.netloc, path, urlencode(query), ""))


async def _connected(
    parts: SplitResult,
) -> trio.SocketStream | trio.SSLStream[trio.SocketStream]:
    host = parts.hostname or ""
    if parts.scheme != "wss":
        return await trio.open_tcp_stream(host, parts.port or 80)
    from agent.web import tls  # and httpx with it, so only for those who need it

    return await trio.open_ssl_over_tcp_stream(
        host, parts.port or 443, ssl_context=tls(), https_compatible=True
    )


def _is_no_error(exc: BaseException) -> bool:
    return not isinstance(exc, (Exception, BaseExceptionGroup))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of a nursery's group what is worth telling: ours before a library's."""
    ours = group.subgroup(AgentError)
    chosen: BaseException = ours or group
    while isinstance(chosen, BaseExceptionGroup):
        chosen = chosen.exceptions[0]
    return chosen
