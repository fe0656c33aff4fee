"""What the user is saying, kept until its text is final.

Because an utterance can be read again from its beginning, a lost recogniser is
replaced by replaying, never by resuming: half an utterance is worse than none. For
the same reason a recogniser may be asked for the final text in every pause: if that
was not the end, another *take* begins at the beginning.
"""

import math
from collections.abc import AsyncGenerator

import trio


class Recording:
    """PCM of one utterance (16 kHz, s16le, mono): one writer, any number of takes."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.finished = False
        self.dismissed = False
        self.pause = 0
        """The number of the pause that the user makes now; 0 while they speak."""
        self.resumed = 0
        """How often speech went on after a pause."""
        self._pcm = bytearray()
        self._heard = 0
        self._news = trio.Event()

    @property
    def pcm(self) -> bytes:
        return bytes(self._pcm)

    @property
    def size(self) -> int:
        """How many bytes there are, without the silence of a pause under way."""
        return self._heard if self.pause else len(self._pcm)

    def append(self, pcm: bytes) -> None:
        self._pcm += pcm
        self.tell()

    def pausing(self, number: int) -> None:
        """Nothing but silence comes from here on, unless `resume` says otherwise."""
        self.pause = number
        self._heard = len(self._pcm)
        self.tell()

    def resume(self) -> None:
        """The user goes on."""
        self.pause = 0
        self.resumed += 1
        self.tell()

    def finish(self, *, dismissed: bool = False) -> None:
        """Nothing will be added; *dismissed* when it was no speech after all.

        Only the first time counts.
        """
        if not self.finished:
            self.finished = True
            self.dismissed = dismissed
            self.tell()

    def take(self, *, whole: bool = False) -> "Take":
        """Read it from the beginning to the next pause, or *whole*."""
        return Take(self, whole=whole)

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """The whole of it, as a take."""
        return self.take(whole=True).chunks()

    async def moved_on(self) -> bool:
        """Wait until a pause is over: True if the user went on, False at the end."""
        before = self.resumed
        while self.resumed == before and not self.finished:
            await self.news()
        return self.resumed != before

    async def complete(self) -> None:
        """Wait until it is finished."""
        while not self.finished:
            await self.news()

    async def news(self) -> None:
        """Wait for anything to happen."""
        await self._news.wait()

    def read(self, begin: int, end: int) -> bytes:
        return bytes(self._pcm[begin:end])

    def tell(self) -> None:
        """Wake whoever waits for news."""
        self._news.set()
        self._news = trio.Event()


class Take:
    """Satisfies `agent.ports.Utterance`: a recording up to where a pause ended it."""

    def __init__(self, recording: Recording, *, whole: bool) -> None:
        self.turn = recording.turn
        self._recording = recording
        self._whole = whole
        self._end: int | None = None
        self._ended_at = math.inf
        self._resumed = 0

    @property
    def outdated(self) -> bool:
        """Whether speech went on after it had ended."""
        return self._end is not None and self._recording.resumed != self._resumed

    @property
    def age(self) -> float:
        """Seconds since its end."""
        return max(0.0, trio.current_time() - self._ended_at)

    async def becoming_outdated(self) -> None:
        """Wait until it is, if ever."""
        while not self.outdated:
            await self._recording.news()

    @property
    def finished(self) -> bool:
        """Whether all of it is there."""
        if self._end is None:
            recording = self._recording
            if recording.finished or (recording.pause and not self._whole):
                self._end = recording.size
                self._resumed = recording.resumed
                self._ended_at = trio.current_time()
        return self._end is not None

    @property
    def pcm(self) -> bytes:
        """All there is so far, pre-roll included."""
        end = self._end if self.finished else None
        return self._recording.read(0, self._recording.size if end is None else end)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """From the beginning: first all there is, then each addition, to the end."""
        position = 0
        while True:
            finished = self.finished
            end = self._recording.size if self._end is None else self._end
            if position < end:
                chunk = self._recording.read(position, end)
                position = end
                yield chunk
            elif finished:
                return
            else:
                await self._recording.news()
