"""The way to the speaker, and back again when someone interrupts."""

from collections import deque
from collections.abc import Callable

import trio

from agent.errors import AgentError
from agent.events import Lost, Ready
from agent.pipeline import Publish
from agent.pipeline.render import Rendering
from agent.pipeline.speech import Manner
from agent.ports import Shape, Speaker

ECHO_TAIL = 0.3
"""Seconds for which a room still rings after we have spoken."""

REMEMBERED = 1.0
"""Seconds of what the speaker was handed: it may give back what has not sounded."""


class Outlet:
    """Hands the *speaker* sound in the wanted *manner*, through what *shape* makes for
    its rate. What was cut off waits to be played again."""

    def __init__(
        self,
        speaker: Speaker,
        shape: Callable[[int], Shape],
        manner: Manner,
        publish: Publish,
    ) -> None:
        self._speaker = speaker
        self._make = shape
        self._manner = manner
        self._publish = publish
        self._shape: Shape | None = None
        self._rate = 0  # that the shape is for
        self._handed = deque[tuple[bytes, int]]()
        self._length = 0.0  # seconds of these
        self._again = deque[tuple[bytes, int]]()
        self._dumb = False

    @property
    def cut_off(self) -> bool:
        """Whether something waits to be played again."""
        return bool(self._again)

    async def speak(self, rendering: Rendering, pcm: bytes) -> None:
        """The next *pcm* of *rendering*. Raises what the speaker raises; who is cancelled
        meanwhile has not been taken."""
        shape = self._shape_for(rendering.rate)
        shape.speed = self._manner.speed / rendering.own_speed
        shape.semitones = self._manner.pitch
        await self.play(shape.feed(pcm), rendering.rate)

    async def end(self, rendering: Rendering) -> None:
        """What is left of it, where the manner of speaking holds something back."""
        if rendering.rate:
            await self.play(self._shape_for(rendering.rate).flush(), rendering.rate)

    async def play(self, pcm: bytes, rate: int) -> None:
        """As it is."""
        if not pcm:
            return
        await self._speaker.play(pcm, rate)
        self._remember(pcm, rate)
        if self._dumb:
            self._dumb = False
            self._publish(Ready("speaker", self._speaker.name))

    async def replay(self) -> None:
        """What was cut off."""
        while self._again:
            pcm, rate = self._again[0]
            await self._speaker.play(pcm, rate)
            self._again.popleft()
            self._remember(pcm, rate)

    async def drain(self) -> None:
        """Wait until all sound has ended, and the room is quiet again."""
        await self._speaker.drain()
        if self._speaker.audible:
            await trio.sleep(ECHO_TAIL)

    def cut(self, *, at_once: bool) -> None:
        """Be silent; what the speaker was handed and has not sounded may be played again."""
        left = self._speaker.silence(at_once=at_once)
        while left > 0 and self._handed:
            pcm, rate = self._handed.pop()
            self._again.appendleft((pcm, rate))
            left -= len(pcm) / 2 / rate
        self._handed.clear()
        self._length = 0.0

    def forget(self) -> None:
        """What was cut off is not wanted any more."""
        self._again.clear()
        if self._shape is not None:
            self._shape.forget()

    def lost(self, exc: AgentError) -> None:
        """The speaker raised *exc*."""
        self.forget()
        if not self._dumb:
            self._dumb = True
            self._publish(Lost("speaker", str(exc), retry_in=0.0))

    def _shape_for(self, rate: int) -> Shape:
        if self._shape is None or self._rate != rate:
            self._shape, self._rate = self._make(rate), rate
        return self._shape

    def _remember(self, pcm: bytes, rate: int) -> None:
        self._handed.append((pcm, rate))
        self._length += len(pcm) / 2 / rate
        while self._length > REMEMBERED and len(self._handed) > 1:
            old, old_rate = self._handed.popleft()
            self._length -= len(old) / 2 / old_rate
