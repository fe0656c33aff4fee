"""Whose turn it is. The only mutable object that stages share."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio

HOLD_AT_MOST = 0.9
"""Seconds for which we are quiet in case that someone speaks; then we go on, softly,
until we know."""


class Floor:
    """Counts the user's turns, and knows who is speaking.

    With *barge_in* the user's speech stops ours. First there is only a suspicion
    (`suspect`), for which we are quiet: then it was really speech (`yield_to_user`),
    and what answers an earlier turn is no longer said, or it was a cough (`acquit`), and
    we go on. Without it every answer is said in full: the microphone is deaf meanwhile,
    or it is a file that cannot hear us.

    *ducking* is called when we have to be soft, and when no longer.
    """

    def __init__(
        self,
        *,
        barge_in: bool = False,
        ducking: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self.turn = 0
        self.ours = False
        self.barge_in = barge_in
        self.paused = False
        self._ducking = ducking
        self._ducked = False
        self._numbered = 0
        self._silenced = -1
        self._suspect: int | None = None
        self._held_until = -math.inf
        self._talking = False
        self._sound = trio.CancelScope()
        self._answers: dict[trio.CancelScope, int] = {}
        self._changed = trio.Event()

    def number(self) -> int:
        """A number for a turn that may come."""
        self._numbered += 1
        return self._numbered

    # What the user does.

    def duck(self, *, on: bool) -> None:
        """Be soft, for someone may be about to speak; or be as loud as usual again."""
        if on != self._ducked and (self.ours or not on):
            self._ducked = on
            self._ducking(on)

    def suspect(self, turn: int) -> None:
        """Someone seems to begin to speak: it may become this *turn*."""
        if not self.barge_in:
            self.yield_to_user(turn)
            return
        self._suspect = turn
        self._talking = True
        self._held_until = trio.current_time() + HOLD_AT_MOST
        self.duck(on=True)
        self._sound.cancel()
        self._tell()

    def acquit(self, turn: int) -> None:
        """It was nothing: we go on where we were."""
        if self._suspect == turn:
            self._suspect = None
            self.duck(on=False)
            self._tell()

    def yield_to_user(self, turn: int) -> None:
        """The user speaks, or has spoken: it is this *turn* now."""
        if turn <= self.turn:
            return
        self.turn = turn
        self._suspect = None
        if self.barge_in:
            self._sound.cancel()
        self.duck(on=False)
        self._drop_answers()
        self._tell()

    def ended(self) -> None:
        """Whoever spoke is silent now."""
        self._talking = False
        self._tell()

    def interrupt(self) -> None:
        """The user wants us to be quiet: nothing more is said of any turn so far."""
        self._silenced = self.turn
        self._suspect = None
        self._sound.cancel()
        self.duck(on=False)
        self._drop_answers()
        self._tell()

    def pause(self, *, on: bool) -> None:
        """Say nothing until told to go on."""
        self.paused = on
        if on:
            self._sound.cancel()
        self._tell()

    # What we do.

    @property
    def suspected(self) -> bool:
        """Whether someone may be speaking, and nobody knows."""
        return self._suspect is not None

    def stale(self, turn: int) -> bool:
        """Whether the conversation has moved on since *turn*."""
        return turn <= self._silenced or (self.barge_in and turn < self.turn)

    async def clear(self) -> None:
        """Return when we may speak."""
        await trio.lowlevel.checkpoint()
        while (patience := self._patience()) > 0:
            with trio.move_on_after(patience):
                await self._changed.wait()

    def cut(self) -> None:
        """What is sounding has to make way for something else."""
        self._sound.cancel()

    @contextmanager
    def sounding(self) -> Iterator[trio.CancelScope]:
        """We make a sound; leaves early, without an error, when we have to be quiet."""
        with trio.CancelScope() as scope:
            self._sound = scope
            if self._patience() > 0:
                scope.cancel()
            yield scope

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """We have the floor."""
        self.ours = True
        try:
            yield
        finally:
            self.ours = False
            self.duck(on=False)

    @contextmanager
    def answering(self, turn: int) -> Iterator[trio.CancelScope]:
        """An answer to *turn* comes in; leaves early, without an error, when the
        conversation moves on. If it has done so before, all of it may come."""
        with trio.CancelScope() as scope:
            if not self.stale(turn):
                self._answers[scope] = turn
            try:
                yield scope
            finally:
                self._answers.pop(scope, None)

    def _patience(self) -> float:
        """Seconds for which we have to be quiet, as far as is known."""
        if self._suspect is not None and not self.paused:
            return self._held_until - trio.current_time()
        return math.inf if self.paused or self._talking else 0.0

    def _drop_answers(self) -> None:
        for scope, turn in self._answers.items():
            if self.stale(turn):
                scope.cancel()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
