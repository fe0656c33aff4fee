"""From an address to a WhisperLiveKit that has said what it is."""

import math
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from urllib.parse import urlsplit

import trio
import trio_websocket

from agent import sockets
from agent.hearing.whisperlivekit.peers import Peer
from agent.hearing.whisperlivekit.session import Session
from agent.sockets import CLOSE_WITHIN, LARGEST_MESSAGE, Server, Stream

OPEN_WITHIN = 5.0


def telling(peer: Peer) -> AbstractContextManager[None]:
    """Raise what a library or a nursery raises as one of our errors, and a bug as what
    it is."""
    return sockets.telling(_server(peer))


async def open_stream(peer: Peer) -> Stream:
    """As `agent.sockets.open_stream`."""
    return await sockets.open_stream(_server(peer))


def _server(peer: Peer) -> Server:
    denied = "wrong path or token (stt.url, stt.token)"
    return Server(peer.session, peer.shown, denied, peer.ca, "stt.ca")


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
