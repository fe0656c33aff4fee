"""Speech over one WebSocket: a context a passage, so that each has an end of its own.

Protocol: ``/v1/text-to-speech/{voice}/multi-stream-input``, 2026-11. Live servers spell
some names in two ways; both are read.
"""

import base64
import binascii
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import trio

from agent.config.settings import Tts
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Passage
from agent.speaking.elevenlabs.connection import Connection, Message
from agent.speaking.elevenlabs.request import (
    dictionaries,
    language,
    own_speed,
    voice_settings,
)
from agent.speaking.elevenlabs.stream import LONGEST

logger = logging.getLogger(__name__)

INACTIVITY = 180
"""Seconds after which the server closes what is not used: the most that it allows."""

TRY_AGAIN_AFTER = 60.0

AT_ONCE = 5
"""Contexts that one connection may have."""


class Contexts:
    """Satisfies `agent.speaking.elevenlabs.speech.Way`; connects when it is needed, in
    *nursery*, and again when the connection was lost."""

    def __init__(self, settings: Tts, nursery: trio.Nursery) -> None:
        self._settings = settings
        self._nursery = nursery
        self._connection: Connection | None = None
        self._connecting = trio.Lock()
        self._rests_until = -math.inf
        self._room = trio.CapacityLimiter(AT_ONCE)

    @property
    def usable(self) -> bool:
        """Whether it is connected, and did what was asked of it lately."""
        return not self._resting and self._alive

    def connect_soon(self, voice: str, format: str) -> None:
        """Be there for the next passage, if that is possible."""
        if not (self._alive or self._connecting.locked() or self._resting):
            self._nursery.start_soon(self._try, voice, format)

    @property
    def _alive(self) -> bool:
        return self._connection is not None and self._connection.alive

    @property
    def _resting(self) -> bool:
        """Whether it failed lately: some models and plans have none."""
        return trio.current_time() < self._rests_until

    async def _try(self, voice: str, format: str) -> None:
        with suppress(AgentError), self._remembering_failure():
            await self._connected(voice, format)

    @contextmanager
    def _remembering_failure(self) -> Iterator[None]:
        try:
            yield
        except AgentError as exc:
            self._rests_until = trio.current_time() + TRY_AGAIN_AFTER
            logger.info("ElevenLabs' WebSocket: %s", exc)
            raise

    @asynccontextmanager
    async def opened(
        self, passage: Passage, voice: str, format: str
    ) -> AsyncIterator["Spoken"]:
        """Raises `Denied` or `Unavailable`, as `Streaming.opened`."""
        said = {"text": f"{passage.text} ", "flush": True}
        with self._remembering_failure():
            connection = await self._connected(voice, format)
            async with self._room:
                name = connection.begin()
                spoken = Spoken(connection, name)
                try:
                    await connection.say(name, self._beginning(passage))
                    await connection.say(name, said)
                    await connection.say(name, {"close_context": True})
                    await spoken.begun()
                    yield spoken
                finally:
                    await connection.end(name, cancelled=not spoken.over)

    def _beginning(self, passage: Passage) -> dict[str, Any]:
        settings = self._settings
        wanted = {
            "voice_settings": voice_settings(settings, own_speed(passage.speed)),
            "pronunciation_dictionary_locators": dictionaries(settings) or None,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        return {"text": " ", **given}

    async def _connected(self, voice: str, format: str) -> "Connection":
        async with self._connecting:
            address = self._address(voice, format)
            connection = self._connection
            if connection is None or not connection.alive or connection.url != address:
                if connection is not None:
                    connection.leave()
                self._connection = None
                connection = Connection(address, self._settings.api_key)
                await self._nursery.start(connection.run)
                self._connection = connection
            return connection

    def _address(self, voice: str, format: str) -> str:
        settings = self._settings
        parts = urlsplit(settings.base_url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        asked = {
            "model_id": settings.model,
            "output_format": format,
            "inactivity_timeout": INACTIVITY,
            "auto_mode": "true",
            "language_code": language(settings),
            "apply_text_normalization": settings.normalization,
            "seed": settings.seed if settings.seed >= 0 else None,
        }
        query = urlencode({name: each for name, each in asked.items() if each})
        path = f"{parts.path.rstrip('/')}/v1/text-to-speech/{quote(voice, safe='')}"
        return f"{scheme}://{parts.netloc}{path}/multi-stream-input?{query}"


class Spoken:
    """The sound of one context; see `agent.speaking.elevenlabs.stream.Answer`."""

    cost: int | None = None
    at_once: int | None = None

    def __init__(self, connection: Connection, name: str) -> None:
        self.over = False
        self._connection = connection
        self._name = name
        self._first: Message | None = None

    async def begun(self) -> None:
        """Return with the first message; raises what it says if that is an error."""
        self._first = await self._connection.next(self._name)
        if self._first.error:
            raise self._connection.why

    async def sound(self) -> AsyncGenerator[bytes, None]:
        """PCM in whole samples."""
        received, odd = 0, b""
        message = self._first
        while message is not None:
            if message.error:
                raise self._connection.why
            pcm = odd + _decoded(message.audio)
            received += len(pcm) - len(odd)
            if received > LONGEST:
                raise Refused("ElevenLabs sends no end of sound")
            whole = len(pcm) & ~1
            odd = pcm[whole:]
            if whole:
                yield pcm[:whole]
            if message.isFinal or message.is_final:
                self.over = True
                break
            message = await self._connection.next(self._name)
        if received < 2:
            raise Unavailable("ElevenLabs sent no sound")


def _decoded(audio: str | None) -> bytes:
    try:
        return base64.b64decode(audio or "", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Unavailable("ElevenLabs' WebSocket sent no sound") from exc
