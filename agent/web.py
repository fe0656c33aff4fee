"""HTTP as Tonny speaks it: verified, bounded, and without surprises.

TLS uses the operating system's certificates; redirects, proxies from the
environment and compressed bodies are not accepted.
"""

import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias

import certifi
import trio
import truststore

from agent.errors import AgentError, Refused, Unavailable
from agent.lean import without

with without("httpx._main"):  # its command line: rich, click and pygments, 5 MB
    import httpx

Client: TypeAlias = httpx.AsyncClient

CONNECT_WITHIN = 5.0
KEEP_ALIVE = 4.0
"""Seconds; n8n closes idle connections after five."""

_AUTHORITIES = (
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
)
"""Where systems keep the certificates of the web; truststore looks there too."""

LONGEST_WAIT = 3600.0
"""Seconds; a server may ask for a longer rest, and does not get it."""

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

ERRORS: dict[type[Exception], Callable[[str], AgentError]] = {
    **dict.fromkeys(_UNSENT, partial(Unavailable, absent=True)),
    httpx.InvalidURL: Refused,
    httpx.UnsupportedProtocol: Refused,
    httpx.HTTPError: Unavailable,
    httpx.StreamError: Unavailable,
}
"""For `agent.errors.translating`."""

EFFECTS: dict[type[Exception], Callable[[str], AgentError]] = {
    **ERRORS,
    httpx.HTTPError: partial(Unavailable, unsure=True),
    httpx.StreamError: partial(Unavailable, unsure=True),
}
"""Likewise, for a request that does something: it may have been done."""


@asynccontextmanager
async def open_client() -> AsyncIterator[httpx.AsyncClient]:
    """A client whose connections are closed at the end.

    It sets no total deadline: that is its caller's (a drip of bytes never times out
    in httpx).
    """
    async with httpx.AsyncClient(
        verify=tls(),
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        timeout=httpx.Timeout(None, connect=CONNECT_WITHIN),
        limits=httpx.Limits(max_connections=20, keepalive_expiry=KEEP_ALIVE),
    ) as client:
        yield client


def tls() -> ssl.SSLContext:
    """Verifies with the operating system's certificates, or with ours where it has
    none; cannot be told not to."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not system_has_authorities():
        context.load_verify_locations(certifi.where())
    return context


def carried_authorities() -> int:
    """How many Tonny knows by itself; raises `OSError` where their file is gone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return len(context.get_ca_certs())


def system_has_authorities() -> bool:
    """Whether the operating system says anything about who is to be believed."""
    if sys.platform != "linux":
        return True  # it is asked itself
    paths = ssl.get_default_verify_paths()
    hashed = Path(paths.capath or os.devnull).glob("????????.?")
    return (
        paths.cafile is not None
        or next(hashed, None) is not None
        or any(Path(file).is_file() for file in _AUTHORITIES)
    )


async def read_bounded(response: httpx.Response, limit: int) -> bytes:
    """The body as it came; raises `Refused` when it is compressed or too long."""
    check_plain(response)
    body = await read_beginning(response, limit + 1)
    if len(body) > limit:
        raise Refused(f"the answer is longer than {limit >> 10} KiB")
    return body


async def read_beginning(response: httpx.Response, limit: int) -> bytes:
    """At most *limit* bytes of the body as it came, whatever follows: enough to see
    why a request failed."""
    body = bytearray()
    async with reading(response) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) >= limit:
                break
    return bytes(body[:limit])


@asynccontextmanager
async def reading(
    response: httpx.Response,
) -> AsyncIterator[AsyncIterator[bytes]]:
    """The pieces of the body as they come. Whoever leaves before the last one leaves
    nothing behind: httpx's generators end here, not when they are collected."""
    chunks = response.aiter_raw()
    try:
        yield chunks
    finally:
        with trio.CancelScope(shield=True) as enough, suppress(StopAsyncIteration):
            enough.cancel()
            while True:
                await anext(chunks)


def check_plain(response: httpx.Response) -> None:
    """A small compressed body may unfold to gigabytes, so none is accepted."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise Refused(
            f"the answer is compressed ({encoding:.40}), which was not asked for"
        )


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that the server asks us to wait; a date counts as nothing said."""
    wish = response.headers.get("retry-after", "")
    if not (wish.isascii() and wish.isdecimal()):
        return None
    return min(float(wish), LONGEST_WAIT)
