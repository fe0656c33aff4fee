"""Turns that are typed while Tonny runs: each is a turn like any other, and whoever
typed it is told what became of it."""

from contextlib import suppress

import trio

from agent.control.commands import Answered
from agent.errors import Refused, Unavailable
from agent.events import Event, Heard, Postponed, Replied, Unanswered
from agent.floor import Floor
from agent.pipeline import Publish

MOST = 8
"""Turns whose answers are waited for."""


class Typed:
    """`ask` puts turns on the channel of what was *heard*; `see` has to be shown what
    happens."""

    def __init__(
        self, floor: Floor, heard: trio.MemorySendChannel[Heard], publish: Publish
    ) -> None:
        self._floor = floor
        self._heard = heard
        self._publish = publish
        self._waiting: dict[int, trio.MemorySendChannel[Answered]] = {}

    async def ask(self, text: str) -> Answered:
        """What was answered, once it was. Raises `Refused` or `Unavailable`."""
        if not (text := text.strip()):
            raise Refused("there is nothing to ask")
        if len(self._waiting) >= MOST:
            raise Unavailable(f"{MOST} questions wait for their answers; ask later")
        turn = self._floor.number()
        words = Heard(turn, text, engine="keyboard", source="text")
        try:
            self._heard.send_nowait(words)
        except trio.WouldBlock:
            raise Unavailable("too many turns wait already; ask later") from None
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            raise Unavailable("this agent is about to end") from None
        self._floor.yield_to_user(turn)
        self._publish(words)
        tell, told = trio.open_memory_channel[Answered](1)
        self._waiting[turn] = tell
        try:
            return await told.receive()
        finally:
            del self._waiting[turn]

    def see(self, event: Event) -> None:
        """It may be an answer."""
        match event:
            case Replied(turn, text):
                self._tell(turn, Answered(text))
            case Postponed(turn, reason=reason):
                self._tell(turn, Answered(None, reason, kept=True))
            case Unanswered(turn, reason=reason):
                self._tell(turn, Answered(None, reason))
            case _:
                pass

    def _tell(self, turn: int, answer: Answered) -> None:
        if turn in self._waiting:
            with suppress(trio.WouldBlock):  # it was told already
                self._waiting[turn].send_nowait(answer)
