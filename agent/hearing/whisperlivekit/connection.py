"""From an address to an open WebSocket, and from its library's errors to ours."""

import math
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn, TypeAlias
from urllib.parse import urlsplit

import h11
import trio
import trio_websocket
import wsproto

from agent.errors import AgentError, Refused, Unavailable, translating
from agent.hearing.whisperlivekit.peers import Peer
from agent.hearing.whisperlivekit.session import Session

OPEN_WITHIN = 5.0
CLOSE_WITHIN = 0.3
"""Seconds for a goodbye; whoever waits for a text waits for it too."""

LARGEST_MESSAGE = 1 << 20

Stream: TypeAlias = trio.SocketStream | trio.SSLStream[trio.SocketStream]

ERRORS = (
    trio_websocket.HandshakeError,
    trio_websocket.ConnectionClosed,
    wsproto.utilities.ProtocolError,  # what a hostile handshake may leak,
    h11.ProtocolError,  # and a worse one
    trio.BrokenResourceError,
    trio.TooSlowError,
    OSError,
)


@contextmanager
def telling(peer: Peer) -> Iterator[None]:
    """Raise what a library or a nursery raises as one of our errors, and a bug as what
    it is."""
    try:
        yield
    except BaseExceptionGroup as group:
        if (stop := group.subgroup(_is_no_error)) is not None:
            raise stop from None  # cancelled; what else broke no longer matters
        _tell(peer, _first(group))
    except ERRORS as exc:
        _tell(peer, exc)


def _tell(peer: Peer, exc: BaseException) -> NoReturn:
    match exc:
        case trio_websocket.ConnectionRejected(status_code=status):
            said = f"{peer.shown} answered {status}"
            if status >= 500:
                raise Unavailable(said) from exc
            hint = "wrong path or token (stt.url, stt.token)"
            raise Refused(f"{said}: {hint}") from exc
        case trio.TooSlowError():
            raise Unavailable(f"{peer.shown} does not answer") from exc
        case trio_websocket.ConnectionClosed():
            raise Unavailable(f"{peer.shown} closed the connection") from exc
    if (doubt := _distrust(exc)) is not None:
        raise Refused(
            f"{peer.shown} has a certificate that is not trusted ({doubt}; stt.ca)"
        ) from exc
    with translating(dict.fromkeys(ERRORS, Unavailable), f"{peer.shown}: "):
        raise exc


def _distrust(exc: BaseException | None) -> str | None:
    """Why a certificate was not accepted, if that is what happened."""
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return exc.verify_message
        exc = exc.__cause__ or exc.__context__
    return None


@asynccontextmanager
async def connected(peer: Peer) -> AsyncIterator[Session]:
    """A session whose server has said what it is; what goes wrong may come in groups
    (see `telling`)."""
    with trio.fail_after(OPEN_WITHIN) as opening:
        # The stream is ours to close: trio-websocket's own connect function leaves it
        # open when the handshake fails.
        async with (
            await open_stream(peer) as stream,
            session_over(stream, peer) as session,
        ):
            opening.deadline = math.inf
            await session.greeting()
            yield session


@asynccontextmanager
async def session_over(stream: Stream, peer: Peer) -> AsyncIterator[Session]:
    """The same over a *stream* that is open already."""
    parts = urlsplit(peer.session)
    bearer = f"Bearer {peer.token.reveal()}".encode()
    async with trio.open_nursery() as nursery:
        socket = await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            parts.netloc.rpartition("@")[2],
            f"{parts.path}?{parts.query}",
            extra_headers=[(b"Authorization", bearer)] if peer.token else [],
            max_message_size=LARGEST_MESSAGE,
        )
        session = Session(socket, peer.token)
        nursery.start_soon(session.read)
        try:
            yield session
        finally:
            with trio.move_on_after(CLOSE_WITHIN):  # not every server says goodbye
                await socket.aclose()
            nursery.cancel_scope.cancel()


async def open_stream(peer: Peer) -> Stream:
    """Connected to *peer*, encrypted if its address says so; no byte has been sent."""
    parts = urlsplit(peer.session)
    host = parts.hostname or ""
    if not peer.tls:
        return await trio.open_tcp_stream(host, parts.port or 80)
    # In a thread: it reads files, and what it imports takes a while.
    trusting = await trio.to_thread.run_sync(_trusting, peer.ca)
    stream = await trio.open_ssl_over_tcp_stream(
        host, parts.port or 443, ssl_context=trusting, https_compatible=True
    )
    try:
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


@cache
def _trusting(ca: str) -> ssl.SSLContext:
    """Trusts whom the operating system trusts, and the authority in the file *ca*."""
    from agent.web import tls  # and httpx with it, so only for those who need it

    context = tls()
    if ca:
        try:
            context.load_verify_locations(Path(ca).expanduser())
        except OSError as exc:
            raise Refused(f'stt.ca: "{ca}" holds no certificate in PEM: {exc}') from exc
    return context


def _is_no_error(exc: BaseException) -> bool:
    return not isinstance(exc, (Exception, BaseExceptionGroup))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of a nursery's group what is worth telling: ours before a library's."""
    chosen: BaseException = group.subgroup(AgentError) or group
    while isinstance(chosen, BaseExceptionGroup):
        chosen = chosen.exceptions[0]
    return chosen
