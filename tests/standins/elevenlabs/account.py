"""Whose requests the stand-in answers: a plan and its limits, voices, and misbehaviour."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import msgspec

from tests.standins.elevenlabs.errors import ERRORS, Failure, Generation, lacking, spent
from tests.standins.elevenlabs.speech import sound_of
from tests.standins.web import Asked

KEY = "stand-in-key"
GEORGE, SARAH = "JBFqnCBsd6RMkjVDRZzb", "EXAVITQu4vr4xnSDxMaL"
RACHEL = "21m00Tcm4TlvDq8ikWAM"
TIERS = ("free", "starter", "creator", "pro", "scale", "business")

WRONG_KEYS = {
    "bad": "invalid_api_key",
    "quota": "quota_exceeded",
    "busy": "system_busy",
    "conc": "concurrent_limit_exceeded",
}
"""Keys that provoke an error (the official SDK's probe asks for these)."""


class Voice(msgspec.Struct, frozen=True):
    """One of the *library* is for those who pay."""

    id: str
    name: str
    category: str = "premade"
    library: bool = False
    labels: dict[str, str] = {}


class Model(msgspec.Struct, frozen=True):
    """*cost* is in credits a character; *longest* in characters. Those that *sockets* do
    not serve are refused there with the handshake."""

    id: str
    name: str
    cost: float = 1.0
    longest: int = 10_000
    languages: tuple[str, ...] = ("en", "de", "fr")
    sockets: bool = True


class Fails(msgspec.Struct, frozen=True):
    """This error (a name in `ERRORS`) instead of sound."""

    error: str


class Cut(msgspec.Struct, frozen=True):
    """The connection is lost after so many bytes of sound."""

    after: int


class Stalls(msgspec.Struct, frozen=True):
    """Nothing more comes after so many bytes of sound, and nothing ends."""

    after: int


class Pieces(msgspec.Struct, frozen=True):
    """The sound comes in pieces of so many bytes."""

    size: int


class WrongLength(msgspec.Struct, frozen=True):
    """So many bytes more are announced (HTTP) than come."""

    by: int


Fault: TypeAlias = Fails | Cut | Stalls | Pieces | WrongLength


class Socket(msgspec.Struct, frozen=True):
    """A WebSocket that was opened, what it was *told*, and what it *said*."""

    target: str
    headers: dict[str, str]
    told: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []


class Account:
    """What a test may change at any time, and what was asked of it.

    *faults* meet the next passages, one each. Sound is sent at *pace* bytes a second
    (infinite: as fast as it is taken), its first byte *delay* seconds after the request.
    *sound* makes it of a text and a format.
    *refuses* is the error that every WebSocket is refused with; a *curt* one says in its
    close frame alone what is wrong.
    """

    def __init__(
        self,
        *,
        tier: str = "free",
        generation: Generation = "new",
        key: str | None = None,
    ) -> None:
        self.tier = tier
        self.generation: Generation = generation
        self.key = key  # None: any but the wrong ones
        self.lacks: set[str] = set()
        self.used, self.limit = 0, 1_000_000
        self.reset = int(time.time()) + 86_400
        self.concurrency = 10
        self.under_way = 0
        self.voices = [
            Voice(GEORGE, "George - Warm, Captivating Storyteller"),
            Voice(SARAH, "Sarah - Mature, Reassuring, Confident"),
            Voice(RACHEL, "Rachel", "professional", library=True),
        ]
        self.models = [
            Model("eleven_flash_v2_5", "Flash v2.5", 0.5, 40_000),
            Model("eleven_multilingual_v2", "Multilingual v2"),
            Model("eleven_v3", "v3", 1.0, 5_000, sockets=False),
        ]
        self.pace, self.delay = math.inf, 0.0
        self.retry_after: int | None = None
        self.sound: Callable[[str, str], bytes] = sound_of
        self.faults: deque[Fault] = deque()
        self.refuses: str | None = None
        self.curt = False
        self.spells = "contextId"  # or "context_id", as live servers do
        self.asked: list[Asked] = []
        self.sockets: list[Socket] = []
        self.spoken: list[str] = []

    def error(self, name: str) -> Failure:
        return ERRORS[name][self.generation]

    def key_refused(self, key: str | None, permission: str) -> Failure | None:
        """Why whoever has *key* may not do what needs *permission*."""
        if not key:
            return self.error("needs_authorization")
        if key in WRONG_KEYS:
            return self.error(WRONG_KEYS[key])
        if self.key is not None and key != self.key:
            return self.error("invalid_api_key")
        if permission in self.lacks:
            return lacking(permission)[self.generation]
        return None

    def voice(self, id: str) -> Voice | None:
        return next((voice for voice in self.voices if voice.id == id), None)

    def model(self, id: str) -> Model | None:
        return next((model for model in self.models if model.id == id), None)

    def at_least(self, tier: str) -> bool:
        return TIERS.index(self.tier) >= TIERS.index(tier)

    def charge(self, text: str, model: Model) -> int | Failure:
        """What *text* costs, or why nothing is left for it."""
        cost, left = math.ceil(len(text) * model.cost), self.limit - self.used
        if cost > left:
            return spent(self.limit, left, cost)[self.generation]
        self.used += cost
        return cost

    def fault(self) -> Fault | None:
        """Of the passage that comes now."""
        return self.faults.popleft() if self.faults else None

    @contextmanager
    def busy(self) -> Iterator[None]:
        """One more is under way."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
