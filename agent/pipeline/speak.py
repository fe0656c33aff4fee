"""From lines to sound."""

from functools import partial

import trio

from agent.errors import AgentError, Unavailable
from agent.events import Lost, Ready, Sounding, Spoken, Unspoken, VoiceBegun
from agent.floor import Floor
from agent.ladder import Ladder
from agent.pipeline import Line, Publish
from agent.ports import Speaker, Voice

ECHO_TAIL = 0.3
"""Seconds for which a room still rings after we have spoken."""


async def speak(
    lines: trio.MemoryReceiveChannel[Line],
    voices: Ladder[Voice],
    speaker: Speaker,
    floor: Floor,
    publish: Publish,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Say each line aloud, unless the conversation has moved on.

    We keep the floor from the first line until all sound has ended, so that lines
    follow one another without a gap and without hearing ourselves in between.
    """
    task_status.started(speaker.name)
    mouth = _Mouth(voices, speaker, floor, publish)
    async for first in lines:
        with floor.speaking():
            line: Line | None = first
            while line is not None:
                await mouth.say(line)
                if (line := _waiting(lines)) is None:
                    await mouth.rest()
                    line = _waiting(lines)


def _waiting(lines: trio.MemoryReceiveChannel[Line]) -> Line | None:
    try:
        return lines.receive_nowait()
    except (trio.WouldBlock, trio.EndOfChannel):
        return None


class _Mouth:
    """Says lines through the best voice there is, and tells how it went."""

    def __init__(
        self, voices: Ladder[Voice], speaker: Speaker, floor: Floor, publish: Publish
    ) -> None:
        self._voices = voices
        self._speaker = speaker
        self._floor = floor
        self._publish = publish
        self._turn = -1  # the latest of which something has sounded
        self._dumb = False

    async def say(self, line: Line) -> None:
        if self._floor.stale(line.turn):
            self._unspoken(line, "the conversation moved on")
            return
        try:
            self._publish(await self._voices.first(partial(self._with_voice, line)))
        except AgentError as exc:
            self._unspoken(line, str(exc))
        except trio.Cancelled:
            self._speaker.silence()
            self._unspoken(line, "interrupted")
            raise

    async def rest(self) -> None:
        """Wait until all sound has ended, and the room is quiet again."""
        try:
            await self._speaker.drain()
        except Unavailable as exc:
            self._speaker_lost(exc)
        if self._speaker.audible:
            await trio.sleep(ECHO_TAIL)

    async def _with_voice(self, line: Line, voice: Voice) -> Spoken | Unspoken:
        """Raises only while nothing has sounded: then the next voice may say it."""
        sounded = 0
        try:
            async with voice.speak(line.text) as chunks:
                async for pcm in chunks:
                    if not sounded:
                        self._publish(VoiceBegun(line.turn, voice.name))
                    try:
                        await self._speaker.play(pcm, voice.rate)
                    except AgentError as exc:
                        self._speaker_lost(exc)
                        return Unspoken(line.turn, line.text, reason=str(exc))
                    sounded += len(pcm)
                    self._sounding(line.turn)
        except AgentError as exc:
            if not sounded:
                raise
            return Unspoken(line.turn, line.text, reason=f"cut short: {exc}")
        return Spoken(line.turn, line.text, voice.name, sounded / (2 * voice.rate))

    def _sounding(self, turn: int) -> None:
        if self._dumb:
            self._dumb = False
            self._publish(Ready("speaker", self._speaker.name))
        if turn != self._turn:
            self._turn = turn
            self._publish(Sounding(turn))

    def _speaker_lost(self, exc: AgentError) -> None:
        if not self._dumb:
            self._dumb = True
            self._publish(Lost("speaker", str(exc), retry_in=0.0))

    def _unspoken(self, line: Line, reason: str) -> None:
        self._publish(Unspoken(line.turn, line.text, reason))
