"""Whose turn it is. The only mutable object that stages share."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Floor:
    """Counts the user's turns, and knows when we are speaking.

    With *barge_in* the user's speech cancels ours, and what answers an earlier
    turn is no longer said. Without it every answer is said in full: the microphone
    is deaf meanwhile, or it is a file that cannot hear us.
    """

    def __init__(self, *, barge_in: bool = False) -> None:
        self.turn = 0
        self.ours = False
        self._numbered = 0
        self._silenced = -1
        self._barge_in = barge_in
        self._speech = trio.CancelScope()
        self._answers: dict[trio.CancelScope, int] = {}

    def number(self) -> int:
        """A number for a turn that may come."""
        self._numbered += 1
        return self._numbered

    def yield_to_user(self, turn: int) -> None:
        """The user begins to speak: it is this *turn* now."""
        self.turn = turn
        if self._barge_in:
            self._speech.cancel()
        self._drop_answers()

    def interrupt(self) -> None:
        """The user wants us to be quiet: nothing more is said of any turn so far."""
        self._silenced = self.turn
        self._speech.cancel()
        self._drop_answers()

    def stale(self, turn: int) -> bool:
        """Whether the conversation has moved on since *turn*."""
        return turn <= self._silenced or (self._barge_in and turn < self.turn)

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

    def _drop_answers(self) -> None:
        for scope, turn in self._answers.items():
            if self.stale(turn):
                scope.cancel()

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """We have the floor; leaves early, without an error, when interrupted."""
        self.ours = True
        try:
            with trio.CancelScope() as self._speech:
                yield
        finally:
            self.ours = False
