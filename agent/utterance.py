"""What the user is saying, kept until its text is final.

Because an utterance can be read again from its beginning, a lost recogniser is
replaced by replaying, never by resuming: half an utterance is worse than none.
"""

from collections.abc import AsyncIterator

import trio


class Recording:
    """PCM of one utterance (16 kHz, s16le, mono): one writer, any number of readers."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.finished = False
        self.dismissed = False
        self._pcm = bytearray()
        self._news = trio.Event()

    @property
    def pcm(self) -> bytes:
        return bytes(self._pcm)

    def append(self, pcm: bytes) -> None:
        self._pcm += pcm
        self._tell()

    def finish(self, *, dismissed: bool = False) -> None:
        """Nothing will be added; *dismissed* when it was no speech after all.

        Only the first time counts.
        """
        if not self.finished:
            self.finished = True
            self.dismissed = dismissed
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        position = 0
        while True:
            if position < len(self._pcm):
                chunk = bytes(self._pcm[position:])
                position += len(chunk)
                yield chunk
            elif self.finished:
                return
            else:
                await self._news.wait()
