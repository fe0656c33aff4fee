"""A connection in use: what the server has said, and whether it is still there."""

import math

import trio
import trio_websocket

from agent.config.settings import Secret
from agent.core.transcript import LiveTranscript
from agent.errors import AgentError

GREETED_WITHIN = 3.0
KNOWN_WITHIN = 0.5
"""Seconds after a first message that says nothing about the audio."""

SENT_WITHIN = 5.0

PACE = 1 << 20
"""Bytes that are read in a second, in the long run; real servers send 50 KB."""

AT_ONCE = 1.0
"""Seconds of that pace that may come in one go."""

LEAST = 1 << 10
"""Bytes that even the smallest message counts for: it costs time to look at."""


class Session:
    """Reads all the time, whoever uses it: `read` belongs into a task of its own.

    A failure is kept for whoever waits for news, because nobody may be using the
    session when it strikes.
    """

    def __init__(
        self, socket: trio_websocket.WebSocketConnection, token: Secret
    ) -> None:
        self.live = LiveTranscript()
        self.messages = 0
        """How many have come."""
        self._socket = socket
        self._token = token
        self._failure: Exception | None = None
        self._news = trio.Event()

    async def read(self) -> None:
        """Take in every message until the last one, no faster than `PACE`."""
        rested = -math.inf
        try:
            while not self.live.settled:
                message = await self._socket.get_message()
                self.messages += 1
                self.live.feed(message)
                self._tell()
                worth = max(LEAST, len(message)) / PACE
                rested = max(rested, trio.current_time() - AT_ONCE) + worth
                await trio.sleep_until(rested)
        except trio_websocket.ConnectionClosed as exc:
            self._failure = exc
        except AgentError as exc:
            self._failure = self._without_token(exc)
        self._tell()

    def _without_token(self, exc: AgentError) -> AgentError:
        """*exc* may quote the server, and a server may quote what it was sent."""
        token = self._token.reveal()
        return type(exc)(str(exc).replace(token, "***")) if token else exc

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def news(self) -> None:
        """Wait for a message; raises what ended the session, if that came first."""
        if self._failure is None:
            await self._news.wait()
        if self._failure is not None:
            raise self._failure

    async def greeting(self) -> None:
        """Wait until the server has said which audio it wants, if it is going to."""
        with trio.move_on_after(GREETED_WITHIN) as patience:
            while not self.live.greeted:
                await self.news()
                # A fork introduces itself, and may have no more to say.
                soon = trio.current_time() + KNOWN_WITHIN
                patience.deadline = min(patience.deadline, soon)

    async def settled(self) -> None:
        """Wait until the server has nothing to add."""
        while not self.live.settled:
            await self.news()

    async def send(self, frame: bytes) -> None:
        """Raises `trio.TooSlowError` when the server has stopped reading."""
        with trio.fail_after(SENT_WITHIN):
            await self._socket.send_message(frame)

    async def check(self, within: float) -> None:
        """Raises `trio.TooSlowError` when nothing at all comes for *within* seconds,
        not even the answer to a ping. (A busy server may answer late, but talks.)"""
        before = self.messages
        with trio.move_on_after(within):
            await self._socket.ping()
            return
        if self.messages == before:
            raise trio.TooSlowError
