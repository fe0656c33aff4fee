"""Who answers at an address, if anyone: looked at once a service has not, to know why."""

import os
import socket
import ssl
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
import trio

from agent.sockets import trusting

CONNECTED_WITHIN = 2.0
HEARD_WITHIN = 1.5
"""Seconds: whoever did not answer has cost some already."""

Trouble: TypeAlias = Literal[
    "host",
    "away",
    "silent",
    "other",
    "tls",
    "certificate",
    "certificate.expired",
    "certificate.early",
    "certificate.name",
]
"""*host*: there is no such name; *away*: nobody listens; *silent*: somebody does, and says
nothing; *other*: it speaks no HTTP; *tls*: it speaks TLS and we do not, or the reverse."""

_BY_ITSELF: dict[int, Trouble] = {
    9: "certificate.early",  # X509_V_ERR_CERT_NOT_YET_VALID
    10: "certificate.expired",
    62: "certificate.name",  # that of a host
    64: "certificate.name",  # an IP address
}
"""What a certificate lacks, whoever has signed it; by OpenSSL's number."""


class Place(msgspec.Struct, frozen=True):
    """What an address leads to, and whether TLS is to be spoken there."""

    host: str
    port: int
    tls: bool


class Answering(msgspec.Struct, frozen=True):
    """What is wrong, if anything is, and what was *said* of it: by the operating system,
    about the certificate, or by whatever answers."""

    trouble: Trouble | None
    said: str = ""


def place(url: str) -> Place:
    parts = urlsplit(url)
    tls = parts.scheme in {"https", "wss"}
    return Place(parts.hostname or "", parts.port or (443 if tls else 80), tls)


async def who_answers(url: str, ca: str = "", ca_setting: str = "") -> Answering:
    """At the host and port of *url*, where no more is sent than a request for ``/``.

    *ca* is a file with an authority to trust besides the system's; raises `Refused`
    where that cannot be.
    """
    at = place(url)
    try:
        with trio.fail_after(CONNECTED_WITHIN):
            await trio.aclose_forcefully(await trio.open_tcp_stream(at.host, at.port))
    except socket.gaierror as exc:
        return Answering("host", f"{exc.strerror}")
    except trio.TooSlowError:
        return Answering("away", "no answer")
    except OSError as exc:
        return Answering("away", _wording(exc))
    heard: bytes | None = None
    speaks_tls = False

    async def listen() -> None:
        nonlocal heard
        heard = await _heard(at)

    async def shake() -> None:
        nonlocal speaks_tls
        speaks_tls = await _shakes_hands(at)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        nursery.start_soon(shake)
    if not speaks_tls:
        return _in_the_clear(at, heard)
    if not at.tls:
        return Answering("tls", "TLS")
    return await _judged(at, await trusting(ca, ca_setting))


def _in_the_clear(at: Place, heard: bytes | None) -> Answering:
    if heard is None:
        return Answering("silent")
    if heard.startswith(b"HTTP/"):
        return Answering("tls" if at.tls else None, "HTTP without TLS")
    line = heard.decode("ascii", "replace").partition("\n")[0]
    said = "".join(letter for letter in line if " " <= letter <= "~").strip()
    return Answering("other", f"“{said:.40}”" if said else "it hangs up")


def _wording(exc: BaseException | None) -> str:
    """The operating system's, without the library's."""
    while exc is not None:
        if isinstance(exc, BaseExceptionGroup):
            exc = exc.exceptions[0]
        elif isinstance(exc, OSError) and exc.errno:
            return os.strerror(exc.errno)
        else:
            exc = exc.__cause__
    return "no connection"


async def _heard(at: Place) -> bytes | None:
    """The first bytes of an answer to HTTP; None if nothing comes."""
    with trio.move_on_after(HEARD_WITHIN):
        try:
            async with await trio.open_tcp_stream(at.host, at.port) as stream:
                await stream.send_all(
                    f"GET / HTTP/1.1\r\nHost: {at.host}\r\n\r\n".encode()
                )
                return bytes(await stream.receive_some(100))
        except (OSError, trio.BrokenResourceError):
            return b""
    return None


async def _shakes_hands(at: Place) -> bool:
    """Whether TLS is spoken there, by whomever."""
    with trio.move_on_after(HEARD_WITHIN):
        try:
            await _certificate(at)
        except (OSError, trio.BrokenResourceError):
            return False
        return True
    return False


async def _certificate(at: Place) -> bytes:
    """As the server shows it, believed or not: nothing else is said to it."""
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    return await _shake(at, anyone)


async def _shake(at: Place, context: ssl.SSLContext) -> bytes:
    stream = await trio.open_ssl_over_tcp_stream(
        at.host, at.port, ssl_context=context, https_compatible=True
    )
    try:
        await stream.do_handshake()
        return stream.getpeercert(binary_form=True) or b""
    finally:
        await trio.aclose_forcefully(stream)


async def _judged(at: Place, context: ssl.SSLContext) -> Answering:
    """Whether its certificate is trusted, and if not, what is wrong with it. Of one that
    nobody trusts, and that has expired too, the latter is told: it comes first."""
    doubt = await _doubt(at, context)
    if doubt is None:
        return Answering(None)
    if doubt.verify_code not in _BY_ITSELF:
        alone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        alone.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        alone.load_verify_locations(cadata=await _certificate(at))
        closer = await _doubt(at, alone)
        if closer is not None and closer.verify_code in _BY_ITSELF:
            doubt = closer
    trouble = _BY_ITSELF.get(doubt.verify_code, "certificate")
    return Answering(trouble, doubt.verify_message)


async def _doubt(
    at: Place, context: ssl.SSLContext
) -> ssl.SSLCertVerificationError | None:
    with trio.move_on_after(HEARD_WITHIN):
        try:
            await _shake(at, context)
        except (OSError, trio.BrokenResourceError) as exc:
            cause: BaseException | None = exc
            while cause is not None:
                if isinstance(cause, ssl.SSLCertVerificationError):
                    return cause
                cause = cause.__cause__ or cause.__context__
    return None
