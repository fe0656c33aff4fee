"""What publishing to a broker needs from outside."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import trio


class Letter(msgspec.Struct, frozen=True):
    """A message to others under the routing key *key*: what is in it never changes.

    *at* is the wall-clock time of what it tells, and *number* its place in the letterbox.
    """

    id: str
    key: str
    body: bytes
    at: float
    number: int = 0


class Letterbox(Protocol):
    """Letters on disk until someone has taken them, in the order in which they came."""

    def news(self) -> trio.Event:
        """Set when another one has come: to be had before one looks."""

    async def after(self, number: int, most: int) -> list[Letter]:
        """The oldest with a higher number."""

    async def forget(self, numbers: Sequence[int]) -> None:
        """They have been taken."""

    async def tidy(self, before: float) -> int:
        """Give up those of before this wall-clock time; returns how many."""
