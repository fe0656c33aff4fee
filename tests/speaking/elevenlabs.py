"""Tonny's voice of ElevenLabs, before an account of the stand-in."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from agent.config.settings import Secret, Tts
from agent.events import Event
from agent.ports import Passage
from agent.speaking.elevenlabs import ElevenLabs, Ledger, open_elevenlabs
from tests.fakes import Shelved, to_no_one
from tests.standins.elevenlabs.account import Account
from tests.standins.elevenlabs.server import serve_elevenlabs

CANARY = "canary-key-5261"


@asynccontextmanager
async def speaking(
    account: Account,
    publish: Callable[[Event], None] = to_no_one,
    wall: Callable[[], float] = time.time,
    **settings: Any,
) -> AsyncIterator[ElevenLabs]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_elevenlabs, account)
        async with opened(url, publish, wall, **settings) as voice:
            yield voice
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def opened(
    url: str,
    publish: Callable[[Event], None] = to_no_one,
    wall: Callable[[], float] = time.time,
    **settings: Any,
) -> AsyncIterator[ElevenLabs]:
    """Whoever is at *url*."""
    tts = Tts(base_url=url, **{"api_key": Secret(CANARY), **settings})
    ledger = Ledger(publish, wall)
    async with open_elevenlabs(tts, ledger, Shelved(), publish, wall) as voice:
        yield voice


async def said(
    voice: ElevenLabs, text: str = "Hello.", *, streamed: bool = False
) -> bytes:
    async with voice.speak(Passage(text, streamed=streamed)) as sound:
        return b"".join([pcm async for pcm in sound])
