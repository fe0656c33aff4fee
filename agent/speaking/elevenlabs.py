"""ElevenLabs text to speech over HTTP, streamed as raw PCM.

API: ``POST /v1/text-to-speech/{voice}/stream``, as of 2026-11.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import msgspec
import trio

from agent.config.settings import Tts
from agent.errors import AgentError, Refused, Unavailable, translating
from agent.web import ERRORS, check_plain, read_beginning, retry_after

if TYPE_CHECKING:
    import httpx

_T = TypeVar("_T")

RATE = 24_000
"""pcm_24000: raw s16le mono, allowed on every plan, needs no decoder."""

LONGEST = 32 << 20
"""Bytes of one answer: eleven minutes of sound."""

LONGEST_EXCUSE = 1 << 14

STALLED_AFTER = 10.0
"""Seconds that may pass until the first byte, and between two."""

PATIENCE = 30.0
"""Seconds to wait for one text altogether; for a long one, `SLOWEST` counts."""

SLOWEST = 10
"""Characters a second: slower than anyone speaks."""

_REMEDIES = {
    "detected_unusual_activity": "it takes this account for abused: see elevenlabs.io",
    "invalid_api_key": "compare tts.api_key with your account",
    "missing_permissions": "give the key (tts.api_key) leave for text to speech",
    "needs_authorization": "compare tts.api_key with your account",
    "paid_plan_required": "choose another voice (tts.voice) or plan",
    "quota_exceeded": "more is available next month, or with another plan",
    "voice_does_not_exist": "choose another voice (tts.voice)",
    "voice_not_found": "choose another voice (tts.voice)",
}


class _Detail(msgspec.Struct, frozen=True):
    """An error's body, of either generation: *code* is the newer name of *status*."""

    code: str | None = None
    status: str | None = None
    message: str | None = None


class _Failure(msgspec.Struct, frozen=True):
    detail: _Detail | str | list[msgspec.Raw] | None = None


class ElevenLabs:
    """Satisfies `agent.ports.Voice`."""

    name = "elevenlabs"
    rate = RATE

    def __init__(self, client: "httpx.AsyncClient", settings: Tts) -> None:
        self._client = client
        self._key = settings.api_key
        self._model = settings.model
        voice = quote(settings.voice, safe="")
        self._url = f"{settings.base_url.rstrip('/')}/v1/text-to-speech/{voice}/stream"

    @trio.as_safe_channel
    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """PCM as it is synthesised, in whole samples.

        Raises `Refused` for what only the user can change (key, quota, plan, voice),
        else `Unavailable`.
        """
        patience = _Patience(max(PATIENCE, len(text) / SLOWEST))
        received, odd = 0, b""
        async with self._asked(text, patience) as response:
            network = response.aiter_raw()
            while (chunk := await patience.wait_for(anext(network, None))) is not None:
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

    @asynccontextmanager
    async def _asked(
        self, text: str, patience: "_Patience"
    ) -> AsyncIterator["httpx.Response"]:
        """The response, when it is one with sound."""
        request = self._client.build_request(
            "POST",
            self._url,
            params={"output_format": f"pcm_{RATE}"},
            headers={"xi-api-key": self._key.reveal()},
            json={"text": text, "model_id": self._model},
        )
        with translating(ERRORS, "ElevenLabs: "):
            response = await patience.wait_for(self._client.send(request, stream=True))
            try:
                if response.status_code != 200:
                    beginning = read_beginning(response, LONGEST_EXCUSE)
                    raise _failure(response, await patience.wait_for(beginning))
                _check_sound(response)
                yield response
            finally:
                await response.aclose()


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


def _failure(response: "httpx.Response", body: bytes) -> AgentError:
    """The error in *response*, by what helps against it."""
    status = response.status_code
    code, message = _told(body)
    said = f"ElevenLabs: {message or code or 'no reason given':.300} ({status})"
    if status in {408, 409, 425, 429} or status >= 500:
        return Unavailable(said, retry_after=retry_after(response))
    remedy = _REMEDIES.get(code)
    return Refused(f"{said}: {remedy}" if remedy else said)


def _told(body: bytes) -> tuple[str, str]:
    """The code and the message in an error's body; nothing if it is unreadable."""
    try:
        detail = msgspec.json.decode(body, type=_Failure).detail
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", ""
    match detail:
        case str():
            return "", detail
        case _Detail():
            return _code(detail), detail.message or ""
        case list():
            return "validation_error", "it does not understand the request"
    return "", ""


def _code(detail: _Detail) -> str:
    """The more telling of the two: the newer *code* may be as broad as
    ``unauthorized`` where the older *status* says why."""
    names = [name for name in (detail.code, detail.status) if name]
    return next((name for name in names if name in _REMEDIES), "".join(names[:1]))
