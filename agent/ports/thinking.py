"""What thinking needs from outside."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias

import msgspec
import trio

from agent.commands import Command, Unknown
from agent.events import Source


class Exchange(msgspec.Struct, frozen=True):
    """An earlier question and its answer, given to the mind as context."""

    user: str
    agent: str


class Question(msgspec.Struct, frozen=True):
    """A turn as it is put to the mind. *id* is the idempotency key (a ULID or UUID)."""

    id: str
    turn: int
    session: str
    text: str
    asked_at: float
    source: Source = "voice"
    language: str | None = None
    confidence: float | None = None
    replay: bool = False
    context: tuple[Exchange, ...] = ()


class Whole(str):
    """All of an answer: no other piece of text follows."""

    __slots__ = ()


Part: TypeAlias = str | Command | Unknown


class Mind(Protocol):
    """Answers a question."""

    @property
    def name(self) -> str: ...

    def answer(
        self, question: Question
    ) -> AbstractAsyncContextManager[trio.abc.ReceiveChannel[Part]]:
        """The answer as it arrives: pieces of text, and commands between them."""


Pushed: TypeAlias = Callable[[Command | Unknown], None]
"""Whoever is told what a workflow wants without having been asked."""


class Seen(Protocol):
    """The ids of signed messages that were believed, which are believed only once."""

    async def first_time(self, id: str, /) -> bool:
        """Note *id*, durably; False if it has been noted in the last ten minutes."""


class Outbox(Protocol):
    """Questions on disk until they are settled. A question kept is never lost."""

    async def keep(self, question: Question) -> None:
        """Return once *question* is durable."""

    async def pending(
        self,
        most: int,
        *,
        outside: tuple[float, float] | None = None,
        session: str | None = None,
    ) -> list[Question]:
        """The oldest unsettled questions, in their order, of one *session* or of all;
        those of earlier sessions have *replay* set. *outside*: only those asked before
        the first of these times, or after the second, by a clock since set back."""

    async def waits(self, id: str) -> bool:
        """Whether it is still to be asked: the user may have dropped it."""

    async def attempted(self, id: str, error: str, *, counts: bool) -> int:
        """Note a failed attempt; returns how many there were that *counts*."""

    async def settle(self, id: str, outcome: str) -> None:
        """Note that *id* is done: ``answered``, ``refused: …`` or ``expired``."""
