"""Speech over HTTP: one request a passage, raw PCM as it is synthesised."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import trio

from agent.config.settings import Tts
from agent.errors import Refused, Unavailable, translating
from agent.ports import Passage
from agent.speaking.elevenlabs.failures import failure
from agent.speaking.elevenlabs.request import body
from agent.web import ERRORS, check_plain, reading

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

LONGEST = 32 << 20
"""Bytes of one answer: eleven minutes of sound."""

STALLED_AFTER = 10.0
"""Seconds that may pass until the first byte, and between two."""

PATIENCE = 30.0
"""Seconds to wait for one text altogether; for a long one, `SLOWEST` counts."""

SLOWEST = 10
"""Characters a second: slower than anyone speaks."""


class Streaming:
    """Asks for one passage after the other, over connections that are kept."""

    def __init__(self, client: "httpx.AsyncClient", settings: Tts) -> None:
        self._client = client
        self._settings = settings

    @asynccontextmanager
    async def opened(
        self, passage: Passage, voice: str, format: str
    ) -> AsyncIterator["Answer"]:
        """The answer, once it is one with sound.

        Raises `Denied` for what only the user can change (key, quota, plan, voice), else
        `Unavailable`.
        """
        patience = _Patience(max(PATIENCE, len(passage.text) / SLOWEST))
        settings = self._settings
        request = self._client.build_request(
            "POST",
            f"{settings.base_url.rstrip('/')}/v1/text-to-speech"
            f"/{quote(voice, safe='')}/stream",
            params={"output_format": format},
            headers={"xi-api-key": settings.api_key.reveal()},
            json=body(settings, passage),
        )
        with translating(ERRORS, "ElevenLabs: "):
            response = await patience.wait_for(self._client.send(request, stream=True))
            try:
                if response.status_code != 200:
                    raise await patience.wait_for(failure(response))
                _check_sound(response)
                yield Answer(response, patience)
            finally:
                await response.aclose()


class Answer:
    """An open answer; what it *cost* in characters, where it says so, and how many
    requests the plan allows *at_once*."""

    def __init__(self, response: "httpx.Response", patience: "_Patience") -> None:
        self._response = response
        self._patience = patience
        self.cost = _number(response, "character-cost")
        self.at_once = _number(response, "maximum-concurrent-requests")

    async def sound(self) -> AsyncGenerator[bytes, None]:
        """PCM in whole samples: the network cuts them in two."""
        received, odd = 0, b""
        async with reading(self._response) as network:
            while chunk := await self._patience.wait_for(anext(network, b"")):
                received += len(chunk)
                if received > LONGEST:
                    raise Refused("ElevenLabs sends no end of sound")
                pcm = odd + chunk
                whole = len(pcm) & ~1
                odd = pcm[whole:]
                if whole:
                    yield pcm[:whole]
        if received < 2:
            raise Unavailable("ElevenLabs sent no sound")


class _Patience:
    """Times the network alone: who listens may take as long as it likes."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    async def wait_for(self, awaitable: Awaitable[_T]) -> _T:
        """Raises `Unavailable` after `STALLED_AFTER`, or when all patience is used up."""
        began = trio.current_time()
        try:
            with trio.fail_after(max(0.0, min(STALLED_AFTER, self._left))):
                return await awaitable
        except trio.TooSlowError:
            raise Unavailable("ElevenLabs does not go on answering") from None
        finally:
            self._left -= trio.current_time() - began


def _check_sound(response: "httpx.Response") -> None:
    """Words, played as samples, would be a loud noise."""
    check_plain(response)
    kind = response.headers.get("content-type", "")
    if kind.startswith(("text/", "application/json")):
        raise Refused(f"ElevenLabs answered with {kind:.40}: compare tts.base_url")


def _number(response: "httpx.Response", name: str) -> int | None:
    text = response.headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
