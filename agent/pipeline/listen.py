"""From the microphone's thread to utterances on a channel."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

import trio

from agent.events import AudioDropped, Dismissed, Level, SpeechEnded, SpeechStarted
from agent.floor import Floor
from agent.pipeline import Publish, Sound
from agent.ports import RATE, Ear, Microphone
from agent.sounds import Begun, Ended, Insisted, Paused, Resumed, Stirred, Voiced
from agent.sounds import Sound as Found

logger = logging.getLogger(__name__)

Measure: TypeAlias = Callable[[bytes, bool], Level | None]
"""Given a frame, and whether it is part of an utterance: how loud it is, sometimes."""

REALLY = 0.5
"""Seconds of someone's voice after which it is speech, and no cough."""

AUDIO_ROOM = 50
"""Batches of audio (of about 100 ms) that may wait: 5 s."""

SOUNDS_ROOM = AUDIO_ROOM + 100
"""The rest of the channel is for starts and ends, which must not be lost."""


async def listen(
    microphone: Microphone,
    ear: Ear,
    floor: Floor,
    sounds: trio.MemorySendChannel[Sound],
    publish: Publish,
    *,
    measure: Measure | None = None,
    through_echo: bool = False,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Cut what the microphone hears into utterances, until it ends.

    The ear works in the audio thread, and so does *measure*, if how loud it is should
    be published; Trio is woken only for that, and while someone speaks. *through_echo*:
    while we speak, whoever seems to interrupt us has to insist, or it may be an echo.
    """
    inlet = Inlet(floor, sounds, publish, through_echo=through_echo)
    token = trio.lowlevel.current_trio_token()

    def from_device(frame: bytes) -> None:
        if found := ear.feed(frame):
            token.run_sync_soon(inlet.put, found)

    def from_file(frame: bytes) -> None:
        if found := ear.feed(frame):
            trio.from_thread.run(inlet.send, found)

    hear = from_device if microphone.live else from_file

    def hear_and_measure(frame: bytes) -> None:
        hear(frame)
        if measure is not None and (level := measure(frame, not ear.idle)) is not None:
            token.run_sync_soon(publish, level)

    heard = hear if measure is None else hear_and_measure
    try:
        async with microphone.open(ear.block, heard, lambda: ear.idle) as listening:
            task_status.started(microphone.name)
            await trio.to_thread.run_sync(ear.load, limiter=trio.CapacityLimiter(1))
            await listening.ended()
    except BaseException:
        # Half an utterance is still one: it ends where its sound did.
        inlet.put(ear.flush())
        raise
    await inlet.send(ear.flush())


class Inlet:
    """Where sounds enter the event loop: they get their turn, and go on the channel."""

    def __init__(
        self,
        floor: Floor,
        sounds: trio.MemorySendChannel[Sound],
        publish: Publish,
        *,
        through_echo: bool = False,
    ) -> None:
        self._through_echo = through_echo
        self._doubted = False
        self._heard = -1  # bytes of this utterance without pre-roll and pauses
        self._floor = floor
        self._sounds = sounds
        self._publish = publish
        self._turn = 0
        self._announced = False
        self._pausing = False
        self._dropped = 0  # bytes

    async def send(self, found: Sequence[Found]) -> None:
        """Wait for room: a file loses nothing."""
        for sound in found:
            if (named := self._named(sound)) is not None:
                await self._sounds.send(named)

    def put(self, found: Sequence[Found]) -> None:
        """Never wait and never raise (it runs as a callback of the event loop):
        when the pipeline is full the newest audio is lost, and counted."""
        for sound in found:
            if (named := self._named(sound)) is None:
                continue
            if isinstance(named, bytes) and self._full():
                self._dropped += len(named)
            else:
                # Starts and ends have room of their own, a hundred of them. At
                # shutdown nobody listens any more.
                with suppress(
                    trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError
                ):
                    self._sounds.send_nowait(named)
            if self._dropped and isinstance(named, SpeechEnded):
                self._publish(AudioDropped(self._dropped / (2 * RATE)))
                self._dropped = 0

    def _full(self) -> bool:
        return self._sounds.statistics().current_buffer_used >= AUDIO_ROOM

    def _named(self, sound: Found) -> Sound | None:
        """What goes on the channel: *sound*, as one of this turn."""
        match sound:
            case Begun(voiced):
                return self._begin(voiced=voiced)
            case Voiced():
                self._announce(SpeechStarted(self._turn))
                return None
            case Stirred(on):
                if on or not self._announced:
                    self._floor.duck(on=on)
                return None
            case Insisted():
                self._believe()
                return None
            case Ended():
                return self._end(sound)
            case bytes():
                self._weigh(len(sound))
                return sound
            case Paused() | Resumed():
                self._pausing = isinstance(sound, Paused)
                return sound

    def _weigh(self, size: int) -> None:
        """Nobody coughs for so long."""
        if not self._announced or self._doubted:
            return
        if self._heard < 0:
            self._heard = 0  # that was the pre-roll
        elif not self._pausing:
            self._heard += size
            if self._heard >= REALLY * 2 * RATE:
                self._floor.yield_to_user(self._turn)

    def _believe(self) -> None:
        if self._announced and self._doubted:
            self._doubted = False
            self._floor.suspect(self._turn)

    def _begin(self, *, voiced: bool) -> Sound:
        """The turn has a number, even if nobody speaks yet and it may come to nothing."""
        self._turn = self._floor.number()
        self._announced = False
        started = SpeechStarted(self._turn)
        if voiced:
            self._announce(started)
        return started

    def _announce(self, started: SpeechStarted) -> None:
        self._announced = True
        self._heard = -1
        self._pausing = False
        self._doubted = self._through_echo and self._floor.ours
        if not self._doubted:
            self._floor.suspect(started.turn)
        self._publish(started)

    def _end(self, end: Ended) -> Sound:
        ended: SpeechEnded | Dismissed = SpeechEnded(
            self._turn, end.seconds, end.quiet, end.cut
        )
        if end.too_short:
            ended = Dismissed(self._turn, reason="too short to be speech")
        self._floor.ended()
        if end.too_short:
            self._floor.acquit(self._turn)
        if self._announced:
            self._publish(ended)
        self._announced = False
        self._floor.duck(on=False)
        return ended
