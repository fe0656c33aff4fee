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
        self._barge_in = barge_in
        self._speech = trio.CancelScope()

    def yield_to_user(self) -> int:
        """The user begins to speak; the number of this turn."""
        self.turn += 1
        if self._barge_in:
            self._speech.cancel()
        return self.turn

    def stale(self, turn: int) -> bool:
        """Whether the conversation has moved on since *turn*."""
        return self._barge_in and turn < self.turn

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """We have the floor; leaves early, without an error, when interrupted."""
        self.ours = True
        try:
            with trio.CancelScope() as self._speech:
                yield
        finally:
            self.ours = False
