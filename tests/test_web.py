import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
import trio

from agent.errors import Refused
from agent.web import (
    LONGEST_WAIT,
    check_plain,
    open_client,
    read_beginning,
    read_bounded,
    retry_after,
    tls,
)


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("0", 0),
        ("17", 17),
        ("999999999999", LONGEST_WAIT),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("1.5", None),
        ("nan", None),
        ("²", None),
        ("٣", None),
        ("", None),
    ],
)
def test_only_a_number_of_seconds_is_a_wish(wish: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers=[(b"retry-after", wish.encode())])
    assert retry_after(response) == seconds


def test_no_wish_is_none() -> None:
    assert retry_after(httpx.Response(503)) is None


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_refused(encoding: str) -> None:
    response = httpx.Response(200, headers={"content-encoding": encoding})
    with pytest.raises(Refused, match="compressed"):
        check_plain(response)


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "Identity"}])
def test_a_plain_body_is_fine(headers: dict[str, str]) -> None:
    check_plain(httpx.Response(200, headers=headers))


async def body_of(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 64):
        await trio.lowlevel.checkpoint()
        yield bytes(64)


async def test_a_body_may_be_as_long_as_the_limit_and_no_longer() -> None:
    whole = await read_bounded(httpx.Response(200, content=body_of(2048)), 2048)
    assert len(whole) == 2048
    with pytest.raises(Refused, match="2 KiB"):
        await read_bounded(httpx.Response(200, content=body_of(1 << 20)), 2048)


async def test_the_beginning_of_an_endless_body_is_enough() -> None:
    response = httpx.Response(500, content=body_of(1 << 40))
    assert await read_beginning(response, 100) == bytes(100)


async def test_the_client_trusts_no_environment_and_follows_nothing() -> None:
    async with open_client() as client:
        assert not client.trust_env
        assert not client.follow_redirects
        assert client.headers["accept-encoding"] == "identity"
        assert client.timeout.connect == 5
    assert client.is_closed


def test_certificates_are_always_verified() -> None:
    assert tls().verify_mode == ssl.CERT_REQUIRED
    assert tls().check_hostname
