"""ElevenLabs text to speech over HTTP, streamed as raw PCM."""

from collections.abc import AsyncGenerator
from urllib.parse import quote

import httpx
import msgspec
import trio

from agent.config.settings import Tts
from agent.errors import AgentError, Refused, Unavailable, translating
from agent.web import ERRORS, check_plain, read_bounded, retry_after

RATE = 24_000
"""pcm_24000: raw s16le mono, allowed on every plan, needs no decoder."""

LONGEST = 32 << 20
"""Bytes of one answer: eleven minutes of sound."""

STALLED_AFTER = 10.0
"""Seconds that may pass until the first byte, and between two."""


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

    def __init__(self, client: httpx.AsyncClient, settings: Tts) -> None:
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
        try:
            with trio.fail_after(STALLED_AFTER) as patience, translating(ERRORS):
                async with self._client.stream(
                    "POST",
                    self._url,
                    params={"output_format": f"pcm_{RATE}"},
                    headers={"xi-api-key": self._key.reveal()},
                    json={"text": text, "model_id": self._model},
                ) as response:
                    if response.status_code != 200:
                        raise await _failure(response)
                    check_plain(response)
                    received, odd = 0, b""
                    async for chunk in response.aiter_raw():
                        patience.deadline = trio.current_time() + STALLED_AFTER
                        received += len(chunk)
                        if received > LONGEST:
                            raise Refused("ElevenLabs sends no end of sound")
                        pcm = odd + chunk
                        odd = pcm[len(pcm) & ~1 :]
                        if len(pcm) > 1:
                            yield pcm[: len(pcm) & ~1]
                            # Who listens may take its time: that is no stall.
                            patience.deadline = trio.current_time() + STALLED_AFTER
        except trio.TooSlowError:
            raise Unavailable("ElevenLabs does not go on answering") from None


async def _failure(response: httpx.Response) -> AgentError:
    """The error in *response*, by what helps against it."""
    status = response.status_code
    code, message = _told(await read_bounded(response, 1 << 16))
    said = f"ElevenLabs: {message or code or 'no reason given'} ({status})"
    if status == 429 or status in {408, 409, 425} or status >= 500:
        return Unavailable(said, retry_after=retry_after(response))
    return Refused(said)


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
            return detail.code or detail.status or "", detail.message or ""
        case list():
            return "validation_error", "it does not understand the request"
        case None:
            return "", ""
