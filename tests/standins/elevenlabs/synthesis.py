"""Speech over HTTP: whole or streamed, bare or with the times of its characters."""

import base64
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote

import msgspec
import trio

from tests.standins.elevenlabs.account import (
    Account,
    Cut,
    Fails,
    Fault,
    Pieces,
    Stalls,
    WrongLength,
)
from tests.standins.elevenlabs.errors import Failure, unknown_id
from tests.standins.elevenlabs.request import (
    Body,
    malformed,
    refusal,
    taken,
    unfit,
)
from tests.standins.elevenlabs.speech import (
    PIECE,
    STREAMED,
    WHOLE,
    paced,
    sound_of,
    times,
)
from tests.standins.web import Asked, Reply

MANNERS = {"", "stream", "with-timestamps", "stream/with-timestamps"}
_USUAL = "mp3_44100_128"
_LINE = 40
"""Characters in a line of a stream with timestamps."""


class Synthesis:
    """One request, in one of the `MANNERS`."""

    def __init__(
        self, account: Account, voice: str, manner: str, query: dict[str, str]
    ) -> None:
        self._account = account
        self._voice = unquote(voice)
        self._manner = manner
        self._format = query.get("output_format", _USUAL)

    async def answer(
        self, asked: Asked, reply: Reply, headers: dict[str, str]
    ) -> Failure | None:
        """None once it has answered by itself."""
        account = self._account
        key = asked.headers.get("xi-api-key")
        if refused := account.key_refused(key, "text_to_speech"):
            return refused
        if account.under_way >= account.concurrency:
            return account.error("concurrent_limit_exceeded")
        fault = account.fault()
        if isinstance(fault, Fails):
            return account.error(fault.error)
        with account.busy():
            accepted = self._accepted(asked.body)
            if isinstance(accepted, Failure):
                return accepted
            text, cost = accepted
            account.spoken.append(text)
            headers |= self._told(cost, headers["x_trace_id"])
            if self._manner.endswith("with-timestamps"):
                await self._timed(text, reply, headers)
            else:
                sound = account.sound(text, self._format)
                await self._sounding(sound, fault, reply, headers)
        return None

    def _accepted(self, raw: bytes) -> tuple[str, int] | Failure:
        """The text, and what was charged for it."""
        try:
            body = msgspec.json.decode(raw, type=Body)
        except msgspec.DecodeError as exc:
            return malformed(exc)
        streamed = self._manner.startswith("stream")
        if self._format not in (STREAMED if streamed else WHOLE):
            return unfit(["query", "output_format"], "enum", "No such format")
        model = self._account.model(body.model_id)
        language = body.language_code
        if model is None:
            return unknown_id(body.model_id)[self._account.generation]
        refused = refusal(self._account, self._voice, self._format, language, model)
        if refused is not None:
            return refused
        cost = taken(self._account, body.text, model)
        return cost if isinstance(cost, Failure) else (body.text, cost)

    def _told(self, cost: int, number: str) -> dict[str, str]:
        account = self._account
        return {
            "request_id": f"r{number[-19:]}",
            "history_item_id": f"h{number[-19:]}",
            "character_cost": str(cost),
            "current_concurrent_requests": str(account.under_way),
            "maximum_concurrent_requests": str(account.concurrency),
            "tts_latency_ms": str(round(account.delay * 1000)),
            "access_control_expose_headers": "request-id, history-item-id, character-cost",
        }

    async def _sounding(
        self, sound: bytes, fault: Fault | None, reply: Reply, headers: dict[str, str]
    ) -> None:
        """Whatever its format is, the description of the API calls it audio/mpeg."""
        headers["content_type"] = "audio/mpeg"
        if isinstance(fault, WrongLength):
            headers["content_length"] = str(len(sound) + fault.by)
        elif self._manner == "":
            headers["content_length"] = str(len(sound))
        await reply.begin(200, **headers)
        ends = fault.after if isinstance(fault, (Cut, Stalls)) else len(sound)
        piece = fault.size if isinstance(fault, Pieces) else PIECE
        account = self._account
        coming = paced(sound[:ends], account.pace, account.delay, piece)
        async with aclosing(coming) as parts:
            async for part in parts:
                await reply.add(part)
        match fault:
            case Stalls():
                await trio.sleep_forever()
            case Cut() | WrongLength():
                return  # and hang up
            case _:
                await reply.end()

    async def _timed(self, text: str, reply: Reply, headers: dict[str, str]) -> None:
        """In lines of JSON where it is streamed."""
        if self._manner == "with-timestamps":
            await reply.whole(
                200, msgspec.json.encode(self._with_times(text)), **headers
            )
            return
        await reply.begin(200, content_type="application/json", **headers)
        for part in _cut(text, _LINE):
            await reply.add(msgspec.json.encode(self._with_times(part)) + b"\n")
        await reply.end()

    def _with_times(self, text: str) -> dict[str, Any]:
        starts = times(text)
        alignment = {
            "characters": list(text),
            "character_start_times_seconds": starts[:-1],
            "character_end_times_seconds": starts[1:],
        }
        sound = base64.b64encode(sound_of(text, self._format)).decode()
        return {
            "audio_base64": sound,
            "alignment": alignment,
            "normalized_alignment": alignment,
        }


def _cut(text: str, size: int) -> Iterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]
