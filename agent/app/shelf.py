"""Speech that nothing can transcribe now, on its way to disk."""

import logging
import time
from pathlib import Path

from agent.errors import Unavailable
from agent.ports import RATE
from agent.record.spool import Note, Spool
from agent.utterance import Recording

logger = logging.getLogger(__name__)


async def open_spool(folder: Path, keep_mb: int) -> Spool:
    """What is in *folder*; one that keeps nothing where that cannot be read."""
    try:
        return await Spool.open(folder, keep_mb)
    except Unavailable as exc:
        logger.warning("what cannot be transcribed is not kept: %s", exc)
        return Spool(folder, keep_mb)


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
