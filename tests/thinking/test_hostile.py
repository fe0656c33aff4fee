"""Servers that mean harm: each ends in one of our errors, in time, and costs little memory."""

import gzip
import os
import re
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
import trio

from agent.config.settings import Workflow
from agent.errors import Refused, Unavailable
from agent.thinking.webhook import Webhook
from agent.web import open_client
from tests.fakes import Remembering, to_no_one
from tests.thinking.test_webhook import QUESTION

DEADLINE = 1.0
ROOM = 32 << 20

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"

Attack = Callable[[trio.SocketStream], Awaitable[None]]


async def silent(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def dripping(stream: trio.SocketStream) -> None:
    await stream.send_all(CHUNKED)
    while True:
        await stream.send_all(b"1\r\n \r\n")
        await trio.sleep(0.1)


async def dripping_headers(stream: trio.SocketStream) -> None:
    await stream.send_all(b"HTTP/1.1 200 OK\r\n")
    while True:
        await stream.send_all(b"x: y\r\n")
        await trio.sleep(0.1)


async def endless_body(stream: trio.SocketStream) -> None:
    await stream.send_all(CHUNKED)
    while True:
        await stream.send_all(b"10000\r\n" + bytes(0x10000) + b"\r\n")


async def endless_lines(stream: trio.SocketStream) -> None:
    await stream.send_all(CHUNKED)
    line = b'{"type":"keepalive"}\n' * 1000
    while True:
        await stream.send_all(b"%x\r\n%s\r\n" % (len(line), line))


async def bomb(stream: trio.SocketStream) -> None:
    packed = gzip.compress(bytes(256 << 20), 9)
    head = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    await stream.send_all(head + packed)


async def deep(stream: trio.SocketStream) -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    await stream.send_all(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)


async def not_text(stream: trio.SocketStream) -> None:
    body = b'{"text":"\xff\xfe\xc0"}'
    await stream.send_all(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)


async def huge_header(stream: trio.SocketStream) -> None:
    await stream.send_all(HEAD + b"x: " + b"y" * (10 << 20) + b"\r\n\r\n")


async def many_headers(stream: trio.SocketStream) -> None:
    await stream.send_all(HEAD + b"x: y\r\n" * 1_000_000 + b"\r\n\r\n")


async def elsewhere(stream: trio.SocketStream) -> None:
    await stream.send_all(
        b"HTTP/1.1 307 X\r\nlocation: http://169.254.169.254/\r\n"
        b"content-length: 0\r\n\r\n"
    )


async def reset_in_the_middle(stream: trio.SocketStream) -> None:
    await stream.send_all(CHUNKED + b'5\r\n{"tex\r\n')
    linger = struct.pack("ii", 1, 0)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


async def wrong_length(stream: trio.SocketStream) -> None:
    await stream.send_all(HEAD + b"content-length: 999999\r\n\r\n{}")


async def two_lengths(stream: trio.SocketStream) -> None:
    await stream.send_all(HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}")


async def no_http(stream: trio.SocketStream) -> None:
    await stream.send_all(os.urandom(200_000))


ATTACKS: list[Attack] = [
    silent, dripping, dripping_headers, endless_body, endless_lines, bomb, deep, not_text,
    huge_header, many_headers, elsewhere, reset_in_the_middle, wrong_length, two_lengths,
    no_http,
]  # fmt: skip


def _memory(name: str) -> int:
    """Bytes: the resident set now (VmRSS), or its peak (VmHWM)."""
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) << 10


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # proc(5)


async def _answered(mind: Webhook) -> None:
    async with mind.answer(QUESTION) as parts:
        async for _ in parts:
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("attack", ATTACKS)
async def test_it_ends_in_time_and_in_little_memory(attack: Attack) -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            try:
                await attack(stream)
            except trio.BrokenResourceError:
                return

    async with trio.open_nursery() as nursery, open_client() as client:
        listeners: Sequence[trio.SocketListener] = await nursery.start(
            partial(trio.serve_tcp, serve, 0, host="127.0.0.1")
        )
        port = listeners[0].socket.getsockname()[1]
        settings = Workflow(url=f"http://127.0.0.1:{port}/", deadline=DEADLINE)
        mind = Webhook(client, settings, Remembering(), to_no_one)
        before, began = _memory("VmRSS"), trio.current_time()
        _forget_the_peak()
        with pytest.raises((Refused, Unavailable)):
            await _answered(mind)
        assert trio.current_time() - began < DEADLINE + 1
        ours = 10 << 20 if attack in {huge_header, many_headers} else 0  # what it sends
        assert _memory("VmHWM") - before < ROOM + ours
        nursery.cancel_scope.cancel()
