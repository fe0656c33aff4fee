"""A conversation with the think stage in the middle, in virtual time."""

from collections.abc import Awaitable, Callable

import trio

from agent.commands import Command, Mute
from agent.errors import AgentError, Refused
from agent.events import Event, Heard
from agent.floor import Floor
from agent.pipeline import Line
from agent.pipeline.answer import Thinking
from agent.pipeline.think import think
from agent.ports import Mind, Part, Question
from tests.fakes import Drawer, minds


class Talk:
    """A conversation with think in the middle; turns go in, lines and events come out."""

    def __init__(
        self,
        mind: Mind,
        drawer: Drawer | None = None,
        *others: Mind,
        **more: float | str | bool,
    ) -> None:
        """The *others* are asked before *mind*."""
        self.events: list[Event] = []
        self.drawer = drawer or Drawer()
        self._ids = iter(f"id-{n}" for n in range(1, 999))
        self.floor = Floor(barge_in=True)
        self.obeyed: list[Command] = []
        self.knocks = 0
        self.reachable = False
        self._tools = Thinking(
            minds(*others, mind, publish=self.events.append),
            self.drawer,
            session="ours",
            new_id=lambda: next(self._ids),
            wall=trio.current_time,
            floor=self.floor,
            obey=self._obey,
            knock=self._knock,
            **more,  # type: ignore[arg-type] # only settings are given here
        )
        self.turns, self._heard = trio.open_memory_channel[Heard](99)
        self.streamed: list[bool] = []
        self._lines, self.lines = trio.open_memory_channel[Line](99)

    def _obey(self, command: Command) -> None:
        if isinstance(command, Mute):
            raise Refused("not here")
        self.obeyed.append(command)

    async def _knock(self, name: str) -> bool:
        self.knocks += 1
        return self.reachable

    async def run(self) -> None:
        with self._lines:
            await think(self._heard, self._tools, self._lines, self.events.append)

    def say(self, *texts: str) -> None:
        for turn, text in enumerate(texts, start=1):
            self.turns.send_nowait(Heard(turn, text, "typist"))

    def said(self) -> list[Line]:
        found: list[Line] = []
        while self.lines.statistics().current_buffer_used:
            line = self.lines.receive_nowait()
            self.streamed.append(line.streamed)
            found.append(Line(line.turn, line.text))
        return found


def told(text: str) -> Callable[[Question], Awaitable[list[str]]]:
    async def wisdom(question: Question) -> list[str]:
        return [text.format(question.text)]

    return wisdom


class Troubled:
    """A mind that has these troubles first, one a question, and answers after that; a
    *part* of a number is a wait of so many seconds."""

    def __init__(
        self,
        *troubles: AgentError,
        parts: tuple[Part | float, ...] = ("Fine.",),
        name: str = "n8n",
    ) -> None:
        self.name = name
        self.troubles = list(troubles)
        self.before = 0
        self.parts = parts
        self.asked: list[str] = []

    def answer(self, question: Question):  # type: ignore[no-untyped-def] # as Mind's
        return self._answer(question)

    @trio.as_safe_channel
    async def _answer(self, question: Question):  # type: ignore[no-untyped-def] # ditto
        self.asked.append(question.text)
        await trio.lowlevel.checkpoint()
        for count, part in enumerate(self.parts):
            if self.troubles and count == self.before:
                raise self.troubles.pop(0)
            if isinstance(part, float):
                await trio.sleep(part)
            else:
                yield part
