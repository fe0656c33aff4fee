"""WhisperLiveKit over its native WebSocket: one session for each utterance."""

import math
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np
import trio
import trio_websocket
import wsproto

from agent.config.settings import Secret
from agent.core.transcript import LiveTranscript
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import RATE, Transcript, Utterance

OPEN_WITHIN = 5.0
GREETED_WITHIN = 1.0
CLOSE_WITHIN = 1.0
LARGEST_MESSAGE = 1 << 20
BURST = 2 * RATE
"""Bytes of one frame at most: a second; a server dislikes more at once."""

AU_HEADER = struct.pack(">4s5I", b".snd", 24, 0xFFFFFFFF, 3, RATE, 1)
"""A stream of unknown length, 16-bit linear, mono; its samples are big-endian. A
server without ``--pcm-input`` pipes what it gets to ffmpeg, and from this header
ffmpeg gets going at once (from a WAV's it takes five seconds)."""


class WhisperLiveKit:
    """Satisfies `agent.ports.Transcriber`."""

    name = "whisperlivekit"

    def __init__(self, url: str, token: Secret, language: str) -> None:
        self._url = session_url(url, language)
        self._shown = url.partition("?")[0]
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
        except trio_websocket.DisconnectionTimeout:
            pass  # we have what we wanted; it does not even say goodbye
        except ExceptionGroup as group:
            raise self._told(_first(group)) from group
        except _ERRORS as exc:
            raise self._told(exc) from exc
        return Transcript(live.text, live.language)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[trio_websocket.WebSocketConnection]:
        bearer = [("Authorization", f"Bearer {self._token.reveal()}")]
        # trio-websocket's own timeout misses a peer that accepts and stays silent.
        with trio.fail_after(OPEN_WITHIN) as opening:
            async with trio_websocket.open_websocket_url(
                self._url,
                ssl_context=_tls(self._url),
                extra_headers=bearer if self._token else [],
                max_message_size=LARGEST_MESSAGE,
                connect_timeout=math.inf,
                disconnect_timeout=CLOSE_WITHIN,
            ) as socket:
                opening.deadline = math.inf
                yield socket

    def _told(self, exc: Exception) -> Exception:
        """A library's error as one of ours; a bug stays what it is."""
        match exc:
            case trio_websocket.ConnectionRejected(status_code=status):
                return Refused(
                    f"{self._shown} answered {status}: the path or the token is wrong"
                )
            case trio.TooSlowError():
                return Unavailable(f"{self._shown} does not answer")
            case trio_websocket.ConnectionClosed():
                return Unavailable(f"{self._shown} closed the connection")
            case _ if isinstance(exc, _ERRORS):
                return Unavailable(f"{self._shown}: {exc.__cause__ or exc!s:.200}")
            case _:
                return exc


_ERRORS = (
    trio_websocket.HandshakeError,
    trio_websocket.ConnectionClosed,
    wsproto.utilities.ProtocolError,  # what a hostile handshake may leak
    trio.TooSlowError,
    OSError,
)


async def _converse(
    socket: trio_websocket.WebSocketConnection,
    utterance: Utterance,
    live: LiveTranscript,
    partial: Callable[[str], None],
) -> None:
    greeted = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_read, socket, live, partial, greeted, nursery.cancel_scope)
        with trio.move_on_after(GREETED_WITHIN):
            await greeted.wait()  # it says which kind of audio it takes
        # Servers too old to say so know nothing but ffmpeg.
        seconds = await _send(socket, utterance, container=live.pcm is not True)
        with trio.move_on_after(max(3.0, 2 * seconds)):
            await trio.sleep_forever()
        raise Unavailable("WhisperLiveKit took too long over the end of an utterance")


async def _read(
    socket: trio_websocket.WebSocketConnection,
    live: LiveTranscript,
    partial: Callable[[str], None],
    greeted: trio.Event,
    done: trio.CancelScope,
) -> None:
    while not live.settled:
        if live.feed(await socket.get_message()):
            partial(live.text)
        greeted.set()
    done.cancel()


async def _send(
    socket: trio_websocket.WebSocketConnection, utterance: Utterance, *, container: bool
) -> float:
    """All of it, as it is spoken, then the empty frame that ends it; its seconds."""
    sent = 0
    if container:
        await socket.send_message(AU_HEADER)
    async for chunk in utterance.chunks():
        for at in range(0, len(chunk), BURST):
            piece = chunk[at : at + BURST]
            if container:
                piece = np.frombuffer(piece, "<i2").astype(">i2").tobytes()
            await socket.send_message(piece)
        sent += len(chunk)
    await socket.send_message(b"")
    return sent / (2 * RATE)


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


def _tls(url: str) -> ssl.SSLContext | None:
    if not url.startswith("wss:"):
        return None
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Of a nursery's group what is worth telling: ours before a library's."""
    ours = group.subgroup(AgentError)
    chosen: Exception = ours or group
    while isinstance(chosen, ExceptionGroup):
        chosen = chosen.exceptions[0]
    return chosen
