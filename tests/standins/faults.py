"""What a server behind HTTP can do to its client instead of answering."""

import gzip
import socket
import struct

import trio

from tests.standins.web import Answerer, Asked, Reply


def saying(status: int, body: bytes = b"", **headers: str) -> Answerer:
    async def say(_: Asked, reply: Reply) -> None:
        await reply.whole(status, body, **headers)

    return say


async def silence(asked: Asked, reply: Reply) -> None:
    """Take the request, and never answer."""
    await trio.sleep_forever()


async def drip(asked: Asked, reply: Reply) -> None:
    """Two bytes a second, without end: no timeout between bytes ever strikes."""
    await reply.begin()
    while True:
        await reply.add(b"  ")
        await trio.sleep(1)


async def stall(asked: Asked, reply: Reply) -> None:
    """Begin well, and then say no more."""
    await reply.begin()
    await reply.add(b"\1\0" * 100)
    await trio.sleep_forever()


async def endless(asked: Asked, reply: Reply) -> None:
    """As many bytes as the client takes."""
    await reply.begin()
    while True:
        await reply.add(bytes(1 << 16))


async def garbage(asked: Asked, reply: Reply) -> None:
    """No HTTP at all."""
    await reply.raw.send_all(b"\x16\x03\x01 220 hello\r\n\r\n" * 20)


async def cut(asked: Asked, reply: Reply) -> None:
    """Hang up in the middle of a body."""
    await reply.begin()
    await reply.add(b'{"text": "Half')


async def reset(asked: Asked, reply: Reply) -> None:
    """A TCP reset in the middle of a body."""
    await cut(asked, reply)
    at_once = struct.pack("ii", 1, 0)
    reply.raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


async def compressed(asked: Asked, reply: Reply) -> None:
    """A few bytes that would unfold to a megabyte."""
    await reply.whole(200, gzip.compress(bytes(1 << 20)), content_encoding="gzip")
