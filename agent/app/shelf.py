"""Speech that nothing can transcribe now, on its way to disk."""

import time

from agent.ports import RATE
from agent.record.spool import Note, Spool
from agent.utterance import Recording


class SpooledSpeech:
    """Satisfies `agent.pipeline.transcribe.Shelf`."""

    def __init__(self, spool: Spool, session: str, language: str) -> None:
        self._spool = spool
        self._session = session
        self._language = None if language == "auto" else language

    @property
    def empty(self) -> bool:
        return self._spool.empty

    async def keep(self, recording: Recording) -> None:
        """Return once it is durable; raise `Refused` when there is no room."""
        pcm = recording.pcm
        said_at = time.time() - len(pcm) / (2 * RATE)
        note = Note(
            self._spool.new_id(said_at),
            recording.turn,
            self._session,
            said_at,
            self._language,
        )
        await self._spool.keep(pcm, note)
