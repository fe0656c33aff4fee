"""Someone knocks at the doors of those that could not be reached: so their return is
noticed, however long their breakers would rest."""

import math
import random
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import trio

from agent.guard import Guard
from agent.ladder import Ladder

_JITTER = 0.2  # of a pause, on top of it: not everyone may knock at the same moment


def to_no_one() -> None:
    """Where it is enough that the next call goes out."""


class Knocking(msgspec.Struct, frozen=True):
    """Knock *every* so many seconds, and *rarely* in the end where the door opens and
    nobody is there all the same, for as long as somebody *waits* for a guard's return.

    *opens* tells whether whoever has this name opens, and who waits is told by *back*.
    """

    opens: Callable[[str], Awaitable[bool]]
    every: float
    rarely: float
    waits: Callable[[Guard], bool]
    back: Callable[[], None] = to_no_one
    chance: Callable[[], float] = random.random

    def pause(self, futile: int) -> float:
        """After so many doors that opened in vain."""
        pause = min(self.rarely, self.every * 2.0 ** min(futile, 10))
        return pause * (1 + _JITTER * self.chance())


async def knock_while_absent(ladder: Ladder[Any], how: Knocking) -> None:
    """For ever. It costs those that are there nothing, and is told to nobody: that they
    are back is news once they have answered."""
    async with trio.open_nursery() as nursery:
        for rung in ladder.rungs:
            nursery.start_soon(_knock_at, rung.guard, how)


async def _knock_at(guard: Guard, how: Knocking) -> None:
    futile, answers = 0, guard.answers
    while True:
        if not how.waits(guard):
            await guard.missed.heard(math.inf)
            continue
        if guard.answers != answers:
            futile, answers = 0, guard.answers
        await trio.sleep(how.pause(futile))
        if how.waits(guard) and await how.opens(guard.name) and how.waits(guard):
            futile += 1
            guard.retry_now()
            how.back()
