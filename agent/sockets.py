"""WebSockets as Tonny speaks them: from an address to an open stream, and from the
library's errors to ours."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import NoReturn, TypeAlias
from urllib.parse import urlsplit

import h11
import msgspec
import trio
import trio_websocket
import wsproto

from agent.errors import AgentError, Refused, Unavailable, translating

CLOSE_WITHIN = 0.3
"""Seconds for a goodbye; whoever waits for an answer waits for it too."""

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


_MEANINGS: dict[type[Exception], Callable[[str], AgentError]] = {
    **dict.fromkeys(ERRORS, Unavailable),
    # What breaks once it is connected is Trio's BrokenResourceError.
    OSError: partial(Unavailable, absent=True),
}


_NO_ERRORS = (trio.Cancelled, KeyboardInterrupt, SystemExit, GeneratorExit)
"""Not by a function: what Nuitka compiles is none to `BaseExceptionGroup.subgroup`."""


class Server(msgspec.Struct, frozen=True):
    """Who is spoken to: its *url* (ws:// or wss://), how it is *shown* in messages, and
    which settings to look at when it says no, or when it has a certificate that is not
    trusted; *ca* is a file with an authority to trust besides the system's."""

    url: str
    shown: str
    denied: str
    ca: str = ""
    ca_setting: str = ""


@contextmanager
def telling(server: Server) -> Iterator[None]:
    """Raise what a library or a nursery raises as one of our errors, and a bug as what
    it is."""
    try:
        yield
    except BaseExceptionGroup as group:
        if (stop := group.subgroup(_NO_ERRORS)) is not None:
            raise stop from None  # cancelled; what else broke no longer matters
        _tell(server, _first(group))
    except ERRORS as exc:
        _tell(server, exc)


def _tell(server: Server, exc: BaseException) -> NoReturn:
    match exc:
        case trio_websocket.ConnectionRejected(status_code=status):
            said = f"{server.shown} answered {status}"
            if status >= 500:
                raise Unavailable(said) from exc
            raise Refused(f"{said}: {server.denied}") from exc
        case trio.TooSlowError():
            raise Unavailable(f"{server.shown} does not answer") from exc
        case trio_websocket.ConnectionClosed():
            raise Unavailable(f"{server.shown} closed the connection") from exc
    if (doubt := distrust(exc)) is not None:
        raise Refused(
            f"{server.shown} has a certificate that is not trusted"
            f" ({'; '.join(filter(None, (doubt, server.ca_setting)))})"
        ) from exc
    with translating(_MEANINGS, f"{server.shown}: "):
        raise exc


def distrust(exc: BaseException | None) -> str | None:
    """Why a certificate was not accepted, if that is what happened."""
    while exc is not None:
        if isinstance(exc, ssl.SSLCertVerificationError):
            return exc.verify_message
        exc = exc.__cause__ or exc.__context__
    return None


async def open_stream(server: Server) -> Stream:
    """Connected to *server*, encrypted if its address says so; no byte has been sent.

    The stream is the caller's to close: trio-websocket's own connect function leaves it
    open when the handshake fails.
    """
    parts = urlsplit(server.url)
    host = parts.hostname or ""
    if parts.scheme != "wss":
        return await trio.open_tcp_stream(host, parts.port or 80)
    context = await trusting(server.ca, server.ca_setting)
    stream = await trio.open_ssl_over_tcp_stream(
        host, parts.port or 443, ssl_context=context, https_compatible=True
    )
    try:
        await stream.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


async def trusting(ca: str, setting: str) -> ssl.SSLContext:
    """Trusts whom the operating system trusts, and the authority in the file *ca*; raises
    `Refused` where there is none in it."""
    # In a thread: it reads files, and what it imports takes a while.
    return await trio.to_thread.run_sync(_trusting, ca, setting)


@cache
def _trusting(ca: str, setting: str) -> ssl.SSLContext:
    from agent.web import tls  # and httpx with it, so only for those who need it

    context = tls()
    if ca:
        try:
            context.load_verify_locations(Path(ca).expanduser())
        except OSError as exc:
            raise Refused(
                f'{setting}: "{ca}" holds no certificate in PEM: {exc}'
            ) from exc
    return context


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of a nursery's group what is worth telling: ours before a library's."""
    chosen: BaseException = group.subgroup(AgentError) or group
    while isinstance(chosen, BaseExceptionGroup):
        chosen = chosen.exceptions[0]
    return chosen
