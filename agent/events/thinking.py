"""From a turn to its answer."""

from typing import Annotated

from msgspec import Meta

from agent.commands import Command
from agent.events.facts import Fact, Seconds, Turn


class Asked(Fact, frozen=True):
    """A turn's request is on its way to *mind*; *request* is its idempotency key."""

    turn: Turn
    request: str
    mind: str
    attempt: Annotated[int, Meta(ge=1)] = 1


class Attempted(Fact, frozen=True):
    """One try to have a question answered, as its transport saw it: bytes *sent* and
    *received*, and the *url* without what may be secret in it."""

    request: str
    peer: str
    method: str
    url: str
    seconds: Seconds
    status: int | None = None
    sent: int = 0
    received: int = 0
    error: str = ""


class AnswerBegun(Fact, frozen=True):
    """The first byte of a turn's answer arrived."""

    turn: Turn


class Replied(Fact, frozen=True):
    """The answer to a turn; *late* answers are recorded, not spoken, and of one that
    the user *interrupted* the rest was not wanted."""

    turn: Turn
    text: str
    mind: str
    late: bool = False
    interrupted: bool = False


class Commanded(Fact, frozen=True):
    """The workflow wants more than words; turn 0 when it did so by itself."""

    turn: Turn
    command: Command


class CommandIgnored(Fact, frozen=True):
    """The workflow asked for what cannot be done."""

    turn: Turn
    name: str
    reason: str


class Postponed(Fact, frozen=True):
    """A turn that no mind could answer now; its request is kept and retried."""

    turn: Turn
    request: str
    reason: str


class Unanswered(Fact, frozen=True):
    """A turn whose request was refused for good."""

    turn: Turn
    request: str
    reason: str
