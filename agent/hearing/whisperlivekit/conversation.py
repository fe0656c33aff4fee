"""One utterance told to a server, and its answer."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import trio
import trio_websocket

from agent.errors import Unavailable
from agent.hearing.whisperlivekit.framing import AU_HEADER, frames
from agent.hearing.whisperlivekit.session import Session
from agent.ports import RATE, Transcript, Utterance

STALLED_AFTER = 10.0
"""Seconds without a word, and without an answer to a ping."""

QUIET = 1.0
"""Seconds after which an old server's text is not going to change any more."""

LAST_WORDS = 2.0
"""Seconds for what it may have to add when it is told of the end."""

TICK = 0.1


class Late(Unavailable):
    """The server is there, but slower than anyone waits."""


class Conversation:
    """With a server that has been greeted; for one utterance.

    *finish* is as ``stt.finish``. What goes wrong may come in groups, like what
    `agent.hearing.whisperlivekit.connection.connected` raises.
    """

    def __init__(
        self, session: Session, finish: str, partial: Callable[[str], None]
    ) -> None:
        self._session = session
        self._live = session.live
        # Servers too old to say so know nothing but ffmpeg.
        self._container = session.live.pcm is not True
        self._finish = finish
        self._partial = partial
        self._shown = ""
        self._told = False
        """Whether the server has been sent all of it."""

    async def about(self, utterance: Utterance) -> Transcript:
        """Send it as it is spoken; its text within max(3 s, twice its length) from
        its end, or `Unavailable`."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow)
            nursery.start_soon(self._stay_sure)
            seconds = await self._send(utterance)
            deadline = trio.current_time() + max(3.0, 2 * seconds)
            with trio.move_on_at(deadline) as limit:
                await self._end(deadline)
            if limit.cancelled_caught:
                raise Late("WhisperLiveKit took too long over the end of an utterance")
            nursery.cancel_scope.cancel()
        if not self._live.settled:
            return await self._last_words(deadline)
        self._show()
        return Transcript(self._live.text, self._live.language)

    async def _follow(self) -> None:
        """Show the text as it grows; and notice when the server has left."""
        while not self._live.settled:
            self._show()
            await self._session.news()
        if not self._told:
            raise Unavailable("WhisperLiveKit stopped listening before the end")

    def _show(self) -> None:
        if self._live.text != self._shown:
            self._shown = self._live.text
            self._partial(self._shown)

    async def _stay_sure(self) -> None:
        """That the server still exists: TCP would not tell for a quarter of an hour."""
        while True:
            await trio.sleep(STALLED_AFTER / 2)
            await self._session.check(STALLED_AFTER / 2)

    async def _send(self, utterance: Utterance) -> float:
        """All of it, and how many seconds that was."""
        sent = 0
        if self._container:
            await self._session.send(AU_HEADER)
        async with _closing(utterance.chunks()) as chunks:
            async for chunk in chunks:
                await self._say(chunk)
                sent += len(chunk)
        self._told = True
        return sent / (2 * RATE)

    async def _say(self, pcm: bytes) -> None:
        for frame in frames(pcm, container=self._container):
            await self._session.send(frame)

    async def _end(self, deadline: float) -> None:
        """Make the server finish, or wait until it has."""
        await self._fall_silent((trio.current_time() + deadline) / 2)
        if self._live.settled:
            return
        if self._flushes:
            await self._session.send(b"")
            await self._session.settled()
        elif self._live.text:  # it may be at rest because the server hangs
            await self._session.check(QUIET)

    @property
    def _flushes(self) -> bool:
        """Whether the empty frame makes the server finish; it may take a moment to
        say so."""
        return self._finish == "eof" or (self._finish == "auto" and self._live.flushes)

    async def _fall_silent(self, latest: float) -> None:
        """For servers that, told of the end, forget what they have not worked out yet:
        send silence in real time until the text, if there is any by *latest*, has been
        the same for a while."""
        text, since = "", trio.current_time()
        while not (self._flushes or self._live.settled):
            now = trio.current_time()
            if self._live.text != text:
                text, since = self._live.text, now
            elif now >= (since + QUIET if text else latest):
                return
            await self._say(bytes(int(2 * RATE * TICK)))
            await trio.sleep(TICK)

    async def _last_words(self, deadline: float) -> Transcript:
        """The text of a server that has fallen silent, now that it is told why. Some
        improve on it at the last moment, some drop a part of it."""
        text = self._live.text
        patience = min(deadline, trio.current_time() + LAST_WORDS) if text else deadline
        with trio.move_on_at(patience), suppress(trio_websocket.ConnectionClosed):
            await self._session.send(b"")
            await self._session.settled()
        if not (text or self._live.settled):
            raise Late("WhisperLiveKit made nothing of an utterance")
        if not text.startswith(self._live.text):
            text = self._live.text
            self._show()
        return Transcript(text, self._live.language)


@asynccontextmanager
async def _closing(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
    """A generator that is left early should end then, not when it is collected."""
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
