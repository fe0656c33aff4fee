"""The ear: from microphone frames to utterances, in the audio callback itself.

Nothing here waits or wakes anyone. Silence, which is most of a day, gives an empty
tuple and costs a few microseconds; speech gives pieces of about 0.1 s.
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from agent.config.settings import Vad
from agent.core.endpoint import Endpointer, Rules
from agent.hearing.gate import Engine, Gated, Prominent, loudness
from agent.hearing.silero import Silero
from agent.hearing.surroundings import Surroundings
from agent.hearing.talkover import insists, stirs
from agent.hearing.webrtc import WebRtc
from agent.ports import RATE
from agent.sounds import Insisted, Sound, Stirred

_PIECE = 0.1  # seconds of speech handed on at a time
_TALKOVER = 1.0  # seconds for which is known whether someone speaks while we do
_STAYS_OPEN = 0.4  # seconds longer than the hangover, and 1 s at least


class Ear:
    """Turns frames of *block* samples into `Begun`, pieces of audio and `Ended`."""

    def __init__(self, vad: Vad, engine: Engine, around: Surroundings) -> None:
        frame_seconds = engine.frame / RATE
        self.block = engine.frame
        self._engine = engine
        self._around = around
        self._deafened = False
        self._stirring = False
        self._insisting = False
        self.talkover: deque[float] = deque(maxlen=math.ceil(_TALKOVER / frame_seconds))
        """While we speak: how likely someone else did in each of the last frames, the
        newest last. It is what decides whether we are being interrupted, and may be
        read in any thread. Empty while what is heard is our own voice: in half duplex
        without an echo canceller, and until that has learnt how the room sounds."""
        self._endpointer = Endpointer(_rules(vad), 1000 * frame_seconds, around.mode)
        self._silence = bytes(2 * self.block)
        self._last = self._silence
        self._pending = bytearray()
        self._piece = round(_PIECE / frame_seconds) * len(self._silence)

    @property
    def level(self) -> float:
        """How loud the last frame was, in dBFS."""
        return loudness(self._last)

    @property
    def idle(self) -> bool:
        """Whether no utterance is under way."""
        return not self._endpointer.speaking

    def load(self) -> None:
        """It is loaded as it is made."""

    def feed(self, frame: bytes) -> Sequence[Sound]:
        """What is new with *frame*; an empty tuple in silence."""
        self._last = frame
        around = self._around
        if around.orders:
            done = self._in_pieces([*around.orders.carried_out(self._endpointer)])
            return [*done, *self._hear(frame)]
        return self._hear(frame)

    def _hear(self, frame: bytes) -> Sequence[Sound]:
        around, ours = self._around, self._around.speaking()
        if around.orders.muted:
            return self._ignore(self._silence)
        if around.echo is not None:
            frame = around.echo.clean(frame, ours=ours)
        if not ours:
            self.talkover.clear()
        elif not self._listens_on:
            return self._ignore(frame)
        self._deafened = False
        probability = self._engine.probability(frame)
        if ours:
            self.talkover.append(probability)
        sounds = self._endpointer.feed(frame, probability)
        if ours or self._stirring:
            sounds = [*self._interrupted(ours=ours), *sounds]
        return self._in_pieces(sounds) if sounds else ()

    def _interrupted(self, *, ours: bool) -> Iterator[Sound]:
        """What is new about someone who speaks while we do."""
        if self._stirring != (stirring := ours and stirs(self.talkover)):
            self._stirring = stirring
            yield Stirred(on=stirring)
        if self._insisting != (insisting := ours and insists(self.talkover)):
            self._insisting = insisting
            if insisting:
                yield Insisted()

    def flush(self) -> Sequence[Sound]:
        """What is left at the end of the stream, or before a gap in it."""
        self._engine.reset()
        if self._around.echo is not None:
            self._around.echo.forget()
        return self._in_pieces(self._endpointer.flush())

    @property
    def _listens_on(self) -> bool:
        """Whether what is heard while we speak may be an utterance."""
        echo = self._around.echo
        return self._around.listens_on and (echo is None or echo.learnt)

    def _ignore(self, frame: bytes) -> Sequence[Sound]:
        if not self._deafened:
            self._deafened = True
            self._engine.reset()
            self._endpointer.forget()
        if self._around.echo is not None and self._around.echo.learnt:
            self.talkover.append(self._engine.probability(frame))
        if self.idle:
            return self._in_pieces(self._endpointer.flush())
        return self._in_pieces(self._endpointer.feed(self._silence, 0.0))

    def _in_pieces(self, sounds: Sequence[Sound]) -> Sequence[Sound]:
        """*sounds* with the audio gathered; what is gathered comes before the rest."""
        ready: list[Sound] = []
        for sound in sounds:
            if isinstance(sound, bytes):
                self._pending += sound
                if len(self._pending) >= self._piece:
                    ready.append(self._gathered())
            else:
                if self._pending:
                    ready.append(self._gathered())
                ready.append(sound)
        return ready

    def _gathered(self) -> bytes:
        audio = bytes(self._pending)
        self._pending.clear()
        return audio


def _rules(vad: Vad) -> Rules:
    rules = msgspec.convert(vad, Rules, from_attributes=True)
    return msgspec.structs.replace(rules, pause_ms=float(vad.speculate_ms))


def make_ear(vad: Vad, weights: Path | None, around: Surroundings) -> Ear:
    """An ear with the engine that *vad* asks for; without *weights*, WebRTC's.

    Raises `Misconfigured` when the weights are not Silero's.
    """
    if vad.engine == "webrtc" or weights is None:
        return Ear(vad, Prominent(WebRtc(vad.aggressiveness)), around)
    longest = max(vad.hangover_ms, vad.hangover_incomplete_ms) / 1000
    hold = max(1.0, longest + _STAYS_OPEN)
    return Ear(
        vad, Gated(Silero.load(weights), hold, vad.release, vad.threshold), around
    )
