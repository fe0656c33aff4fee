"""The voice of ElevenLabs: streamed as raw PCM, over HTTP or one WebSocket."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

from agent.config.settings import Tts
from agent.events import Event
from agent.ports import Shelf
from agent.speaking.elevenlabs.account import Account
from agent.speaking.elevenlabs.contexts import Contexts
from agent.speaking.elevenlabs.instead import Memory
from agent.speaking.elevenlabs.ledger import Ledger
from agent.speaking.elevenlabs.speech import ElevenLabs, Ways
from agent.speaking.elevenlabs.stream import Streaming
from agent.web import open_client

__all__ = [
    "Account",
    "ElevenLabs",
    "Ledger",
    "Memory",
    "open_account",
    "open_elevenlabs",
]


@asynccontextmanager
async def open_elevenlabs(
    settings: Tts,
    ledger: Ledger,
    shelf: Shelf,
    publish: Callable[[Event], None],
    wall: Callable[[], float] = time.time,
    *,
    memory: Memory | None = None,
) -> AsyncIterator[ElevenLabs]:
    """The voice that *settings* ask for; what it costs is on *ledger*, what it has said
    on *shelf*, and what speaks instead of it in *memory*."""
    async with open_client() as client, trio.open_nursery() as nursery:
        account = Account(client, settings)
        contexts = Contexts(settings, nursery)
        ways = Ways(account, Streaming(client, settings), contexts, shelf, wall)
        known = memory or Memory(settings)
        yield ElevenLabs(settings, ways, ledger, publish, nursery, memory=known)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_account(settings: Tts) -> AsyncIterator[Account]:
    """The account alone, to be asked about."""
    async with open_client() as client:
        yield Account(client, settings)
