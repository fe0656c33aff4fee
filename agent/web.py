"""HTTP as Tonny speaks it: verified, bounded, and without surprises.

TLS uses the operating system's certificates; redirects, proxies from the
environment and compressed bodies are not accepted.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import truststore

from agent.errors import AgentError, Refused, Unavailable

CONNECT_WITHIN = 5.0
KEEP_ALIVE = 4.0
"""Seconds; n8n closes idle connections after five."""

ERRORS: dict[type[Exception], type[AgentError]] = {
    httpx.InvalidURL: Refused,
    httpx.UnsupportedProtocol: Refused,
    httpx.HTTPError: Unavailable,
    httpx.StreamError: Unavailable,
}
"""For `agent.errors.translating`."""


@asynccontextmanager
async def open_client() -> AsyncIterator[httpx.AsyncClient]:
    """A client whose connections are closed at the end.

    It sets no total deadline: that is its caller's (a drip of bytes never times out
    in httpx).
    """
    async with httpx.AsyncClient(
        verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},
        timeout=httpx.Timeout(None, connect=CONNECT_WITHIN),
        limits=httpx.Limits(max_connections=20, keepalive_expiry=KEEP_ALIVE),
    ) as client:
        yield client


async def read_bounded(response: httpx.Response, limit: int) -> bytes:
    """The body as it came; raises `Refused` when it is compressed or too long."""
    check_plain(response)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise Refused(f"the answer is longer than {limit >> 10} KiB")
    return bytes(body)


def check_plain(response: httpx.Response) -> None:
    """A small compressed body may unfold to gigabytes, so none is accepted."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Refused(f"the answer is compressed ({encoding}), which was not asked for")


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that the server asks us to wait; a date counts as nothing said."""
    wish = response.headers.get("retry-after", "")
    return min(float(wish), 3600.0) if wish.isdecimal() else None
