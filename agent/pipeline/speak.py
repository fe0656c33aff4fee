"""From what there is to say to sound."""

from collections.abc import Callable

import msgspec
import trio

from agent.core.agenda import Item
from agent.errors import AgentError, Unavailable
from agent.events import Yielded
from agent.floor import Floor
from agent.ladder import Ladder
from agent.pipeline import Line, Publish
from agent.pipeline.outlet import Outlet
from agent.pipeline.render import Rendering
from agent.pipeline.speech import Saying, Speech
from agent.pipeline.telling import Telling
from agent.ports import Shape, Shelf, Speaker, Voice

PIECE = 0.02
"""Seconds of sound handed to the speaker at a time."""

NO_ROOM_FOR = 0.1
"""Seconds between two tries to put an answer among all that waits to be said."""


class Speaking(msgspec.Struct, frozen=True):
    """What speaking needs besides its channel; *shape* makes what changes speed and
    pitch, for sound of some rate, and *readable* what is read aloud of what is written:
    nothing, where it has no sound."""

    speech: Speech
    voices: Ladder[Voice]
    speaker: Speaker
    floor: Floor
    shape: Callable[[int], Shape]
    shelf: Shelf | None = None
    readable: Callable[[str], str] = str


async def speak(
    lines: trio.MemoryReceiveChannel[Line],
    tools: Speaking,
    publish: Publish,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Say aloud what there is to say, until *lines* have ended and all is said.

    We keep the floor from the first line until all sound has ended, so that lines
    follow one another without a gap and without hearing ourselves in between.
    """
    task_status.started(tools.speaker.name)
    mouth = _Mouth(tools, publish)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mouth.listen, lines)
        await mouth.speak(nursery)
        nursery.cancel_scope.cancel()


class _Mouth:
    """Says what is on the agenda through the best voice there is, and tells how it went."""

    def __init__(self, tools: Speaking, publish: Publish) -> None:
        self._tools = tools
        self._speech = tools.speech
        self._agenda = tools.speech.agenda
        self._outlet = Outlet(tools.speaker, tools.shape, tools.speech.manner, publish)
        self._floor = tools.floor
        self._publish = publish
        self._tell = Telling(tools.voices.name, publish)
        self._ended = False

    async def listen(self, lines: trio.MemoryReceiveChannel[Line]) -> None:
        """Put *lines* on the agenda; they wait while there is no room."""
        async for line in lines:
            while True:
                try:
                    self._speech.line(line)
                except Unavailable:
                    await trio.sleep(NO_ROOM_FOR)
                else:
                    break
        self._ended = True
        self._speech.wake()

    async def speak(self, nursery: trio.Nursery) -> None:
        """Until no more lines come."""
        while True:
            if (found := self._next()) is None:
                if self._ended:
                    return
                await self._speech.news()
            elif found[1].tone is not None:
                await self._say(*found, nursery)
            else:
                await self._hold_the_floor(nursery)

    async def _hold_the_floor(self, nursery: trio.Nursery) -> None:
        """Until nothing is left to say, and the room is quiet again."""
        with self._floor.speaking():
            while True:
                while (found := self._next()) is not None:
                    await self._say(*found, nursery)
                if await self._rested():
                    break
            self._speech.quiet()
        self._tell.silent()

    def _next(self) -> tuple[Item[Saying], Saying] | None:
        """What to say now; answers to what is no longer the question are dropped."""
        while (found := self._agenda.next()) is not None:
            item = found[0]
            if item.priority != "reply" or not self._floor.stale(item.turn):
                return found
            self._speech.drop(item, "the conversation moved on")
        return None

    async def _say(
        self, item: Item[Saying], part: Saying, nursery: trio.Nursery
    ) -> None:
        """*part*, to its end; from its beginning again after an alert, and from where it
        was when whoever seemed to interrupt did not."""
        held = False
        while True:
            await self._floor.clear()
            if not self._wanted(item, part):
                return
            if held:
                self._publish(Yielded(item.turn, resumed=True))
                held = False
            with self._floor.sounding():
                await self._outlet.replay()
                await self._play(item, part, nursery)
                return
            self._outlet.cut(at_once=self._floor.suspected)
            if self._agenda.interrupted_by(item):
                self._start_over(part)
                return
            if self._floor.suspected:
                self._publish(Yielded(item.turn))
                held = True

    def _wanted(self, item: Item[Saying], part: Saying) -> bool:
        if item.priority == "reply" and self._floor.stale(item.turn):
            self._speech.drop(item, "interrupted")
        wanted = part in item.parts
        if not wanted:
            self._outlet.forget()
        return wanted

    def _start_over(self, part: Saying) -> None:
        part.position = 0
        self._outlet.forget()

    async def _play(
        self, item: Item[Saying], part: Saying, nursery: trio.Nursery
    ) -> None:
        try:
            if part.tone is not None:
                await self._outlet.play(*part.tone)
            else:
                await self._render(item, part, nursery)
        except AgentError as exc:
            self._outlet.lost(exc)
            self._tell.unspoken(item.turn, part.text, str(exc))
        self._agenda.done(item, part)

    async def _render(
        self, item: Item[Saying], part: Saying, nursery: trio.Nursery
    ) -> None:
        """Raises what the speaker raises."""
        rendering = self._rendering(part, nursery)
        if not rendering.size:
            nursery.start_soon(self._prepare)
        await rendering.begun()
        if rendering.rate and not part.position:
            self._speech.saying(part.text)
            self._tell.begun(rendering)
        while pcm := await rendering.read(part.position, self._size(rendering)):
            await self._outlet.speak(rendering, pcm)
            part.position += len(pcm)
            self._tell.sounding(item.turn)
            self._look_ahead(nursery)
        await self._outlet.end(rendering)
        self._tell.ended(item.turn, part.text, rendering)

    async def _prepare(self) -> None:
        """The speaker opens while the voice still thinks: the best of those there are."""
        rungs = self._tools.voices.rungs
        for rate in [each.tool.rate for each in rungs if not each.guard.absent][:1]:
            await self._tools.speaker.prepare(rate)

    def _rendering(self, part: Saying, nursery: trio.Nursery) -> Rendering:
        """The sound of *part*, begun if it was not."""
        if part.rendering is None:
            speed, readable = self._speech.manner.speed, self._tools.readable
            part.rendering = Rendering(part.passage(speed, readable))
            nursery.start_soon(
                part.rendering.run, self._tools.voices, self._tools.shelf
            )
        return part.rendering

    def _look_ahead(self, nursery: trio.Nursery) -> None:
        """What is said next should be there when it is its turn."""
        coming = self._agenda.then()
        if coming is not None and coming.tone is None and coming.rendering is None:
            self._rendering(coming, nursery)

    def _size(self, rendering: Rendering) -> int:
        return 2 * max(1, round(rendering.rate * PIECE))

    async def _rested(self) -> bool:
        """Wait until all sound has ended, and the room is quiet again; false as soon as
        there is more to say, or again when it was interrupted."""
        try:
            with self._floor.sounding():
                await self._outlet.replay()
                return await self._quiet()
        except AgentError as exc:
            self._outlet.lost(exc)
            return True
        self._outlet.cut(at_once=self._floor.suspected)
        await self._floor.clear()
        if self._floor.stale(self._tell.turn):
            self._outlet.forget()
        return not (self._outlet.cut_off or self._agenda)

    async def _quiet(self) -> bool:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._until_more, nursery.cancel_scope)
            await self._outlet.drain()
            nursery.cancel_scope.cancel()
            return True
        return False

    async def _until_more(self, scope: trio.CancelScope) -> None:
        while not self._agenda:
            await self._speech.news()
        scope.cancel()
