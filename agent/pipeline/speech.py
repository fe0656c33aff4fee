"""What Tonny has to say, for whoever adds to it, and how it is to be said."""

from collections import deque
from collections.abc import Callable

import msgspec
import trio

from agent.commands import Priority
from agent.config.settings import Responses
from agent.core.agenda import Agenda, Item
from agent.core.selfecho import is_echo
from agent.errors import Unavailable
from agent.events import Shown, Unspoken
from agent.floor import Floor
from agent.pipeline import Line, Publish
from agent.pipeline.render import Rendering
from agent.pipeline.script import sentences_of
from agent.ports import Passage

DUCKED_BY = 12.0
"""dB by which we are softer while someone may be speaking."""

REMEMBERED = 30.0
"""Seconds for which what was said may come back as an echo: an utterance may have begun
with it and gone on since."""

LONGEST = 100_000
"""Characters of one text; nobody listens to more than two hours."""

APART = 100
"""Sentences that are told one by one when they are dropped. Whoever watches has no room
for the thousands of a long answer at once, and would miss what comes after them."""


class Manner(msgspec.Struct):
    """How to speak, from now on: *speed* 1 is usual, *pitch* is in semitones, and
    *volume* in dB."""

    speed: float = 1.0
    pitch: float = 0.0
    volume: float = 0.0


class Waiting(msgspec.Struct, frozen=True):
    """What waits to be said; *said* when it is being."""

    id: int
    priority: Priority
    turn: int
    text: str
    said: bool = False


class Saying:
    """A part of an item: a passage, and its sound once someone has begun with it; or a
    *tone*, which is sound already, and its rate."""

    def __init__(
        self,
        text: str,
        before: str = "",
        *,
        turn: int = 0,
        streamed: bool = False,
        tone: tuple[bytes, int] | None = None,
    ) -> None:
        self.text = text
        self.tone = tone
        self._before = before
        self._turn = turn
        self._streamed = streamed
        self.rendering: Rendering | None = None
        self.position = 0
        """Bytes of its sound that have been handed to the speaker."""

    def passage(self, speed: float, readable: Callable[[str], str]) -> Passage:
        """To be given to a voice that is to speak with *speed* what is *readable*."""
        text, before = readable(self.text), readable(self._before)
        return Passage(text, before, speed, self._streamed, self._turn)

    def forget(self) -> None:
        """It will not be said."""
        if self.rendering is not None:
            self.rendering.cancel()


class Speech:
    """Takes what is to be said. The mouth says it: see `agent.pipeline.speak`."""

    def __init__(
        self,
        floor: Floor,
        publish: Publish,
        manner: Manner,
        responses: Responses = "voice",
    ) -> None:
        self.agenda: Agenda[Saying] = Agenda()
        self.manner = manner
        self.responses: Responses = responses
        """How answers are given: what else there is to say is said."""
        self._floor = floor
        self._publish = publish
        self._last = ""
        self._said = deque[tuple[float, str]](maxlen=10)
        self._news = trio.Event()

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """What is being said, and what waits, in this order."""
        return tuple(
            Waiting(
                item.number,
                item.priority,
                item.turn,
                " ".join(part.text for part in item.parts),
                said=n == 0 and self._floor.ours,
            )
            for n, item in enumerate(self.agenda.items)
            if item.parts
        )

    def line(self, line: Line) -> None:
        """Some more of an answer. Raises `Unavailable` where there is no room."""
        if self.responses == "text":
            if not self._floor.stale(line.turn):
                self._publish(Shown(line.turn, line.text))
            return
        part = Saying(line.text, self._last, turn=line.turn, streamed=line.streamed)
        self.agenda.add(part, line.turn)
        self._last = line.text
        self._tell()

    def say(self, text: str, priority: Priority = "announcement") -> int:
        """By itself; returns by which number it can be found among what is `waiting`.

        Raises `Unavailable` when there is too much to say already.
        """
        if len(text) > LONGEST:
            raise Unavailable(f"a text to say has at most {LONGEST} characters")
        found = sentences_of(text)
        before = ["", *found]
        turn = self._floor.turn
        if priority == "reply" and self._floor.stale(turn):
            priority = "announcement"  # it came after the stop that silenced this turn
        parts = [
            Saying(each, last, turn=turn)
            for each, last in zip(found, before, strict=False)
        ]
        item = self.agenda.put(parts, priority, turn)
        if item.urgent:
            self._floor.cut()
        self._tell()
        return item.number

    def tone(self, pcm: bytes, rate: int) -> None:
        """A short sound, if nothing is being said."""
        if not (self.agenda or self._floor.ours):
            self.agenda.put([Saying("", tone=(pcm, rate))], "background")
            self._tell()

    def stop(self) -> None:
        """Say nothing of all that there was to say."""
        for item in self.agenda.items:
            self.drop(item, "stopped")
        self._floor.pause(on=False)
        self._floor.interrupt()

    def pause(self, *, on: bool) -> None:
        """Be silent for now, or go on."""
        self._floor.pause(on=on)

    def skip(self) -> bool:
        """Go on with the next item; false where nothing is being said."""
        items = self.agenda.items
        if not items:
            return False
        self.drop(items[0], "skipped")
        self._floor.cut()
        return True

    def saying(self, text: str) -> None:
        """*text* begins to sound."""
        self._said.append((trio.current_time(), text))

    def is_saying(self, heard: str) -> bool:
        """Whether *heard* is our own voice, of the last seconds."""
        since = trio.current_time() - REMEMBERED
        said = " ".join(text for at, text in self._said if at >= since)
        return self._floor.barge_in and is_echo(heard, said)

    def drop(self, item: Item[Saying], reason: str) -> None:
        """What is left of *item* will not be said."""
        texts: list[str] = []
        for part in self.agenda.drop(item):
            part.forget()
            texts.append(part.text)
        for text in [*texts[:APART], " ".join(texts[APART:])]:
            if text:
                self._publish(Unspoken(item.turn, text, reason))

    def wake(self) -> None:
        """Whoever waits for news should look around."""
        self._tell()

    async def news(self) -> None:
        """Return when something was added."""
        await self._news.wait()

    def quiet(self) -> None:
        """All has been said: what comes next does not follow it."""
        self._last = ""
        self.agenda.tidy()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()
