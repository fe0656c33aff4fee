"""WhisperLiveKit by itself: PCM in, transcripts out."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import msgspec
import trio

from agent.api.settings import configure
from agent.errors import unwrapped
from agent.hearing.whisperlivekit import WhisperLiveKit
from agent.hearing.whisperlivekit import open_whisperlivekit as open_servers
from agent.ports import RATE, Transcript
from agent.utterance import Recording

_PIECE = 2 * RATE // 10
"""Bytes of 100 ms: how an utterance that is there as a whole is passed on."""


class Partial(msgspec.Struct, frozen=True):
    """The text so far, which may still change."""

    text: str


class Recogniser:
    """One WhisperLiveKit server; made by `open_whisperlivekit`."""

    def __init__(self, engine: WhisperLiveKit) -> None:
        self._engine = engine

    async def transcribe(self, pcm: bytes | AsyncIterable[bytes]) -> Transcript:
        """What is said in *pcm* (16 kHz, mono, s16le), all of it or as it comes.

        Raises `Unavailable` when the server is away, lost or late, and `Refused` when it
        says no.
        """
        async with self.stream(pcm) as heard:
            async for each in heard:
                if isinstance(each, Transcript):
                    return each
        raise AssertionError("a stream ends with its transcript")

    @trio.as_safe_channel
    async def stream(
        self, pcm: bytes | AsyncIterable[bytes]
    ) -> AsyncGenerator[Partial | Transcript, None]:
        """The text as it forms: any number of `Partial`, then the `Transcript`. Raises as
        `transcribe` does."""
        recording = Recording(turn=0)
        send, heard = trio.open_memory_channel[Partial | Transcript](100)

        def partly(text: str) -> None:
            # Whoever does not look misses what is outdated anyway.
            if send.statistics().current_buffer_used < 50:
                send.send_nowait(Partial(text))

        async def listen() -> None:
            async with aclosing(_pieces(pcm)) as pieces:
                async for piece in pieces:
                    recording.append(piece)
            recording.finish()

        async def understand() -> None:
            with send:
                send.send_nowait(
                    await self._engine.transcribe(recording.take(whole=True), partly)
                )

        with unwrapped():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(listen)
                nursery.start_soon(understand)
                async for each in heard:
                    yield each
                nursery.cancel_scope.cancel()


async def _pieces(pcm: bytes | AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    if isinstance(pcm, bytes):
        for begin in range(0, len(pcm), _PIECE):
            yield pcm[begin : begin + _PIECE]
    else:
        async for piece in pcm:
            yield piece


@asynccontextmanager
async def open_whisperlivekit(url: str, **stt: object) -> AsyncIterator[Recogniser]:
    """The WhisperLiveKit at *url* (``ws://…/asr``); *stt* are settings of ``[stt]``, such
    as ``language="de"`` or ``token="…"``. The server need not be there yet.

    Raises `Misconfigured` for settings that cannot be meant.
    """
    settings = configure(stt={"engine": "whisperlivekit", "url": url, **stt}).stt
    async with open_servers(settings) as engine:
        yield Recogniser(engine)
