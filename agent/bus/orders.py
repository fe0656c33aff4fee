"""What others may ask of Tonny over RabbitMQ: a few commands, as one tagged union.

Each is a message of JSON such as ``{"command": "say", "text": "Dinner is ready."}``.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from agent.commands import Priority
from agent.errors import Refused

LONGEST_TEXT = 10_000


class _Order(msgspec.Struct, frozen=True, tag=str.lower, tag_field="command"):
    pass


_Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]


class Say(_Order, frozen=True):
    """Speak *text* when its *priority* allows."""

    text: _Text
    priority: Priority = "announcement"


class Ask(_Order, frozen=True):
    """A turn, as if it had been typed there; it is answered aloud, and to whoever asked."""

    text: _Text


class Stop(_Order, frozen=True):
    """Say nothing more of what there was to say."""


class Mute(_Order, frozen=True):
    """Hear nothing from now on; with ``"on": false``, hear again."""

    on: bool = True


class Unmute(_Order, frozen=True):
    """Hear again."""


Order: TypeAlias = Say | Ask | Stop | Mute | Unmute

_decoder: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)


def read(body: bytes) -> Order:
    """The command in the message of a stranger; raises `Refused` when it is none."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise Refused(f"that is no command: {exc}") from None
