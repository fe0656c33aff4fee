"""A passage becoming sound: ahead of time, while what comes before it is played."""

import trio

from agent.errors import AgentError, Unavailable
from agent.ladder import Ladder
from agent.ports import Passage, Shelf, Voice

FADE = 0.008
"""Seconds in which a sound that breaks off fades out, so that it does not click."""


class Rendering:
    """The sound of *passage*, as far as there is any; it may be read more than once.

    Once it is *over*, *problem* tells why it ended early, or why there is none.
    """

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.voice = ""
        self.rate = 0
        self.own_speed = 1.0
        self.cached = False
        """Whether it was heard before, and nobody had to speak."""
        self.over = False
        self.problem: AgentError | None = None
        self.declined = ""
        """Why a better voice does not speak, where it said so."""
        self._heard = False
        self._pcm = bytearray()
        self._news = trio.Event()
        self._scope = trio.CancelScope()

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return len(self._pcm)

    async def run(self, voices: Ladder[Voice], shelf: Shelf | None) -> None:
        """Fill it: from *shelf* if it was heard before, else by the best of *voices*."""
        with self._scope:
            try:
                await self._fill(voices, shelf)
            except AgentError as exc:
                self.problem = exc
            self.over = True
            self._tell()
        if self._scope.cancelled_caught:
            self.problem = Unavailable("interrupted")
            self.over = True
            self._tell()

    def cancel(self) -> None:
        """Nobody wants to hear it."""
        self._scope.cancel()

    async def begun(self) -> None:
        """Return when there is any sound to `read`, or will not be."""
        while not (self._safe > 0 or self.over):
            await self._news.wait()

    async def read(self, at: int, most: int) -> bytes:
        """What follows the first *at* bytes, as soon as there is any: at most *most*
        bytes, and none at the end.

        Its end is held back until it is known to be the end: one that comes too early
        fades out.
        """
        while True:
            if at < self._safe:
                self._heard = True
                return bytes(self._pcm[at : min(self._safe, at + most)])
            if self.over:
                return b""
            await self._news.wait()

    @property
    def _safe(self) -> int:
        return len(self._pcm) if self.over else len(self._pcm) - self._held_back

    @property
    def _held_back(self) -> int:
        return 2 * round(self.rate * FADE)

    async def _fill(self, voices: Ladder[Voice], shelf: Shelf | None) -> None:
        if not self.passage.text:
            return  # nothing in it has a sound
        found = await shelf.find(self.passage) if shelf is not None else None
        if shelf is not None and found is not None:
            pcm, self.rate = found
            self.voice, self.cached = shelf.voice, True
            self.own_speed = shelf.own_speed(self.passage.speed)
            self._pcm += pcm
            self._tell()
            return
        await voices.first(self._with, enough=lambda: self._heard)

    async def _with(self, voice: Voice) -> None:
        """Raises what *voice* raises: the next one may do it, if nobody has heard any of
        it yet."""
        own_speed = voice.own_speed(self.passage.speed)
        try:
            async with voice.speak(self.passage) as chunks:
                async for pcm in chunks:
                    self.voice, self.rate = voice.name, voice.rate
                    self.own_speed = own_speed
                    self._pcm += pcm
                    self._tell()
        except AgentError as exc:
            if self._heard:
                self._fade_out()
            else:
                self._pcm.clear()
                self.voice, self.rate = "", 0
                self.declined = self.declined or str(exc)
            raise
        self.voice = self.voice or voice.name

    def _fade_out(self) -> None:
        """It breaks off: nobody knows where, and a click would be heard."""
        count = min(self._held_back, self.size) // 2
        start = self.size - 2 * count
        with memoryview(self._pcm) as raw, raw[start:].cast("h") as samples:
            for n in range(count):
                samples[n] = samples[n] * (count - n) // count

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()
