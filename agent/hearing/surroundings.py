"""What an ear, which lives in the microphone's thread, has to do with the rest of us."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeAlias

import msgspec

from agent.core.endpoint import Endpointer, Mode
from agent.sounds import Sound

Order: TypeAlias = Callable[[Endpointer], Sequence[Sound]]


class Orders:
    """Given in one thread, carried out in another, before the next frame."""

    def __init__(self) -> None:
        self._given: deque[Order] = deque()
        self.muted = False
        """What is heard from now on is nobody's business."""

    def __bool__(self) -> bool:
        return bool(self._given)

    def decide(self, pause: int, hangover_ms: float) -> None:
        """As `Endpointer.decide`; and so are the others."""
        self._given.append(
            partial(Endpointer.decide, pause=pause, hangover_ms=hangover_ms)
        )

    def press(self, *, hold: bool) -> None:
        self._given.append(partial(Endpointer.press, hold=hold))

    def attend(self) -> None:
        self._given.append(Endpointer.attend)

    def give_up(self) -> None:
        self._given.append(Endpointer.give_up)

    def release(self) -> None:
        self._given.append(Endpointer.release)

    def switch(self, mode: Mode) -> None:
        self._given.append(partial(Endpointer.switch, mode=mode))

    def carried_out(self, endpointer: Endpointer) -> Iterator[Sound]:
        """What comes of all that was ordered."""
        while self._given:
            yield from self._given.popleft()(endpointer)


class Echo(Protocol):
    """Takes our own voice out of what is heard."""

    @property
    def learnt(self) -> bool:
        """Whether it has heard enough of it to leave nothing."""

    def load(self) -> None:
        """Get ready, in some other thread than the event loop's."""

    def clean(self, frame: bytes, *, ours: bool) -> bytes:
        """*frame*, or one as long without our voice; *ours* tells that we speak."""

    def forget(self) -> None:
        """The next frame does not follow the last one, and may come from elsewhere."""


class Surroundings(msgspec.Struct, frozen=True):
    """What an ear has to do with besides the sound.

    *speaking* tells that we are, and would hear ourselves: unless *listens_on*, a
    frame counts as silence then, which ends an utterance under way and is in nobody's
    pre-roll. With an *echo* canceller, frames are cleaned of our voice; while it learns
    how the room sounds, nobody listens on.
    """

    speaking: Callable[[], bool]
    orders: Orders
    mode: Mode = "voice"
    listens_on: bool = False
    echo: Echo | None = None
