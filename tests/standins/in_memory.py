"""A WhisperLiveKit at the other end of a pair of streams in memory: the clock of a test
need not wait for sockets. (There is no end to what such a stream holds.)"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio_websocket
from trio.testing import memory_stream_pair

from agent.hearing.whisperlivekit.connection import session_over
from agent.hearing.whisperlivekit.peers import Peer
from agent.hearing.whisperlivekit.session import Session
from tests.standins.recogniser import Serving

NOBODY = Peer("", "ws://nobody:8000")


@asynccontextmanager
async def greeted_by(serving: Serving, peer: Peer = NOBODY) -> AsyncIterator[Session]:
    """A session with *serving*, which has said what it is."""
    ours, theirs = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_serve, serving, theirs)
        async with session_over(ours, peer) as session:  # type: ignore[arg-type] # any stream does
            await session.greeting()
            yield session
        nursery.cancel_scope.cancel()


async def _serve(serving: Serving, stream: trio.StapledStream) -> None:  # type: ignore[type-arg] # of whichever streams
    try:
        async with trio.open_nursery() as nursery:
            await serving(await trio_websocket.wrap_server_stream(nursery, stream))
            nursery.cancel_scope.cancel()
    except* trio_websocket.ConnectionClosed:
        pass  # the client has what it wanted
