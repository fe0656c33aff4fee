"""One stream of speech of a WebSocket: text comes in pieces, and sound when it is enough."""

import base64
import math
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from itertools import chain, repeat
from typing import Any, TypeAlias

import trio

from tests.standins.elevenlabs.account import (
    Account,
    Cut,
    Fails,
    Fault,
    Model,
    Pieces,
    Stalls,
)
from tests.standins.elevenlabs.errors import SPOKEN, Failure
from tests.standins.elevenlabs.request import taken
from tests.standins.elevenlabs.speech import SECONDS, paced

PIECE = 9_001
"""Bytes of sound in one message; odd, as nobody promises otherwise."""

SCHEDULE = (120, 160, 250, 290)
"""Characters that are waited for before the first sound, the second, …"""

ENOUGH = 50
"""Characters with which a generation can be triggered."""

Told: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]


class Ended(Exception):
    """The WebSocket is to be closed; *error* and *message* say why."""

    def __init__(self, code: int, error: str = "", message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.error = error
        self.message = message


class Context:
    """*name* is None where there can be but one; *first* is the message that began it."""

    def __init__(
        self,
        account: Account,
        name: str | None,
        model: Model,
        first: dict[str, Any],
        *,
        auto: bool,
    ) -> None:
        self._account = account
        self._name = name
        self._model = model
        self._settings = first.get("voice_settings")
        config = first.get("generation_config") or {}
        schedule = config.get("chunk_length_schedule") or SCHEDULE
        self._schedule = chain(schedule, repeat(schedule[-1]))
        self._enough = 1 if auto else next(self._schedule)
        self._auto = auto
        self._text = ""
        self._send, self._texts = trio.open_memory_channel[str](math.inf)

    def add(self, message: dict[str, Any]) -> None:
        """Raises `Ended` if it changes what may not change."""
        if message.get("voice_settings", self._settings) != self._settings:
            raise Ended(
                1008, "voice_settings_changed", SPOKEN["voice_settings_changed"]
            )
        self._text += message.get("text") or ""
        length = len(self._text.strip())
        triggered = message.get("try_trigger_generation") and length >= ENOUGH
        if message.get("flush") or triggered or length >= self._enough:
            self.flush()

    def flush(self) -> None:
        """All that is here is said."""
        text, self._text = self._text.strip(), ""
        if text:
            self._send.send_nowait(text)
            if not self._auto:
                self._enough = next(self._schedule)

    def close(self) -> None:
        """What was flushed is still said, and no more."""
        self._send.close()

    async def speak(self, format: str, tell: Told) -> None:
        """Until it is closed, and all is said."""
        async for text in self._texts:
            fault = self._account.fault()
            if isinstance(fault, Fails):
                _fail(self._account, fault.error)
            cost = taken(self._account, text, self._model)
            if isinstance(cost, Failure):
                raise Ended(1008, cost.name, cost.message)
            self._account.spoken.append(text)
            with self._account.busy():
                await self._say(text, self._account.sound(text, format), fault, tell)
        await tell(self._named({"isFinal": True}))

    async def _say(
        self, text: str, sound: bytes, fault: Fault | None, tell: Told
    ) -> None:
        """The times of its characters are with the first piece."""
        ends = fault.after if isinstance(fault, (Cut, Stalls)) else len(sound)
        piece = fault.size if isinstance(fault, Pieces) else PIECE
        aligned = _alignment(text)
        times = {"normalizedAlignment": aligned, "alignment": aligned}
        account = self._account
        coming = paced(sound[:ends], account.pace, account.delay, piece)
        async with aclosing(coming) as parts:
            async for part in parts:
                audio = base64.b64encode(part).decode()
                await tell(self._named({"audio": audio, **times}))
                times = {}
        match fault:
            case Stalls():
                await trio.sleep_forever()
            case Cut():
                raise Ended(1011, "", "internal")

    def _named(self, message: dict[str, Any]) -> dict[str, Any]:
        if self._name is None:
            return message
        if self._account.spells == "context_id" and "isFinal" in message:
            message = {"is_final": message["isFinal"]}
        return {**message, self._account.spells: self._name}


def _fail(account: Account, error: str) -> None:
    if error in SPOKEN:
        raise Ended(1008, error, SPOKEN[error])
    failure = account.error(error)
    raise Ended(1008, failure.name, failure.message)


def _alignment(text: str) -> dict[str, Any]:
    each = round(1000 * SECONDS)
    return {
        "chars": list(text),
        "charStartTimesMs": [each * n for n in range(len(text))],
        "charsDurationsMs": [each] * len(text),
    }
