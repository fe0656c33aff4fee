"""Two speakers at once."""

import logging

from agent.errors import Unavailable
from agent.ports import Speaker
from agent.speaking.speakers.tapped import Tap, Tapped

logger = logging.getLogger(__name__)


class Tee:
    """Satisfies `agent.ports.Speaker` and `Tapped`: what one plays, the other does too.

    One that is away is left out until all has sounded, and does not keep the other
    from speaking; when both are away, so are we.
    """

    def __init__(self, first: Speaker, second: Speaker) -> None:
        self.name = f"{first.name} and {second.name}"
        self.audible = first.audible or second.audible
        self._both = (first, second)
        self._away: list[Speaker] = []

    def tap(self, tap: Tap) -> None:
        """Tell it what the one plays that can be heard."""
        for speaker in self._both:
            if isinstance(speaker, Tapped):
                speaker.tap(tap)

    @property
    def underruns(self) -> int:
        return sum(speaker.underruns for speaker in self._both)

    async def prepare(self, rate: int) -> None:
        for speaker in self._there():
            await speaker.prepare(rate)

    async def play(self, pcm: bytes, rate: int) -> None:
        for speaker in self._there():
            try:
                await speaker.play(pcm, rate)
            except Unavailable as exc:
                self._leave_out(speaker, exc)

    async def drain(self) -> None:
        speakers = self._there()
        self._away.clear()
        for speaker in speakers:
            try:
                await speaker.drain()
            except Unavailable as exc:
                self._leave_out(speaker, exc)

    def silence(self, *, at_once: bool = True) -> float:
        """What the first has not sounded: the second is a file, which has it all."""
        first, second = self._both
        second.silence(at_once=at_once)
        return first.silence(at_once=at_once)

    def volume(self, db: float) -> None:
        for speaker in self._both:
            speaker.volume(db)

    def _there(self) -> list[Speaker]:
        return [speaker for speaker in self._both if speaker not in self._away]

    def _leave_out(self, speaker: Speaker, why: Unavailable) -> None:
        logger.warning("%s is silent: %s", speaker.name, why)
        self._away.append(speaker)
        if len(self._away) == len(self._both):
            self._away.clear()
            raise why
