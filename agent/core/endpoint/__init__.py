"""Cuts what is heard into utterances: where does speech begin, where does it end?

Everything is counted in frames of one fixed length; a frame is *voiced* when its
probability of speech reaches a threshold. Speech begins when enough of a short
window is voiced. It ends when nothing but a few strays has been voiced for the
length of the hangover, counted from the end of the last clearly voiced stretch:
a key click in the pause does not prolong it, and a pause without one ends after
exactly the hangover.

Not only a voice begins an utterance: a pressed key does, and in continuous mode each
one begins where the last one ended.
"""

from collections import deque
from collections.abc import Sequence
from math import ceil, floor

from agent.core.endpoint.rules import Mode, Rules
from agent.core.endpoint.utterance import Utterance
from agent.sounds import Begun, Ended, Paused, Resumed, Sound, Voiced

__all__ = ["Endpointer", "Mode", "Rules"]

_STRAYS = 0.12
"""Of the hangover may be voiced without being speech."""

_UNVOICED_MS = 10_000
"""What nobody has spoken in is given up after so long."""

_TAIL_MS = 200
"""Who releases a key is often quicker than the own last sound."""


class Endpointer:
    """Takes frames one after the other and gives back the sounds they complete.

    `Begun`, its audio and `Ended` alternate. The audio is the frames themselves in
    their order, none twice, and within an utterance none is left out.
    """

    def __init__(self, rules: Rules, frame_ms: float, mode: Mode = "voice") -> None:
        self._rules = rules
        self._frame_ms = frame_ms
        self._mode = mode
        self._start = ceil(rules.start_ms / frame_ms)
        window = max(self._start, floor(rules.start_window_ms / frame_ms))
        self._window = (1 << window) - 1
        self._hangover = ceil(rules.hangover_ms / frame_ms)
        self._pause = ceil(rules.pause_ms / frame_ms)
        self._pre_roll = ceil(rules.pre_roll_ms / frame_ms)
        self._min_speech = ceil(rules.min_speech_ms / frame_ms)
        self._longest = floor(rules.max_utterance * 1000 / frame_ms)
        self._strays = floor(_STRAYS * self._hangover)
        self._unvoiced = min(self._longest, ceil(_UNVOICED_MS / frame_ms))
        before = min(self._pre_roll + window, self._longest)
        self._before: deque[bytes] = deque(maxlen=before)
        self._recent = 0
        self._pauses = 0
        self._utterance: Utterance | None = None

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way in which someone has spoken."""
        return self._utterance is not None and not self._utterance.awaited

    def feed(self, frame: bytes, probability: float) -> Sequence[Sound]:
        """What is new with *frame*, in which someone speaks with *probability*."""
        if self._utterance is not None:
            return self._continue(self._utterance, frame, probability)
        self._before.append(frame)
        voiced = probability >= self._rules.threshold
        if not voiced and not self._recent and self._mode != "continuous":
            return ()  # most of a day is this line
        self._recent = (self._recent << 1 | voiced) & self._window
        if self._mode == "continuous":
            return self._open(told=False)
        if self._mode == "ptt" or self._recent.bit_count() < self._start:
            return ()
        return self._begin(self._recent)

    def flush(self) -> Sequence[Sound]:
        """What is left at the end of the stream, or before a gap in it."""
        utterance, self._utterance = self._utterance, None
        self.forget()
        if utterance is None or utterance.fresh:
            return ()
        return (self._ended(utterance),)

    def forget(self) -> None:
        """Keep nothing for a pre-roll: what comes does not follow what came."""
        self._before.clear()
        self._recent = 0

    def switch(self, mode: Mode) -> Sequence[Sound]:
        """From now on an utterance begins as *mode* says; one under way ends."""
        ended = self.flush()
        self._mode = mode
        return ended

    def press(self, *, hold: bool) -> Sequence[Sound]:
        """A key begins an utterance, which lasts until `release`; without *hold*,
        until a pause. One under way goes on as this one."""
        if self._utterance is None:
            return self._open(told=True, held=hold)
        self._utterance.held = hold
        self._utterance.needed = 0 if hold else self._utterance.needed
        return ()

    def attend(self) -> Sequence[Sound]:
        """Whoever speaks next begins an utterance, in whatever mode."""
        return self._open(told=False) if self._utterance is None else ()

    def give_up(self) -> Sequence[Sound]:
        """Attend no longer, if nobody has spoken yet."""
        if self._utterance is not None and self._utterance.awaited:
            return self._end(self._utterance)
        return ()

    def release(self) -> Sequence[Sound]:
        """The key is up: what it began ends with what still sounds."""
        if self._utterance is not None and (
            self._utterance.held or self._mode == "ptt"
        ):
            self._utterance.held = False
            self._utterance.awaited = False
            self._utterance.hangover = ceil(_TAIL_MS / self._frame_ms)
        return ()

    def decide(self, pause: int, hangover_ms: float) -> Sequence[Sound]:
        """The pause of this number ends the utterance after *hangover_ms*."""
        utterance = self._utterance
        if utterance is not None and utterance.pause == pause:
            utterance.hangover = ceil(hangover_ms / self._frame_ms)
        return ()

    def _open(self, *, told: bool, held: bool = False) -> Sequence[Sound]:
        """An utterance without a voice in it."""
        audio = list(self._before)
        recent = self._recent
        self.forget()
        self._utterance = Utterance(
            self._hangover,
            0 if held else self._min_speech,  # a key leaves no doubt
            recent,
            length=len(audio),
            awaited=True,
            told=told,
            held=held,
        )
        return (Begun(voiced=told), *([b"".join(audio)] if audio else []))

    def _begin(self, recent: int) -> Sequence[Sound]:
        onset = recent.bit_length()  # the oldest voiced one was so many frames ago
        audio = list(self._before)[-(self._pre_roll + onset) :]
        spoken = min(onset, len(audio))
        self.forget()
        self._utterance = utterance = Utterance(
            self._hangover,
            self._min_speech,
            recent,
            length=len(audio),
            lead=len(audio) - spoken,
            spoken=spoken,
            voiced=recent.bit_count(),
        )
        return (Begun(), b"".join(audio), *self._finish(utterance, voiced=True))

    def _continue(
        self, utterance: Utterance, frame: bytes, probability: float
    ) -> Sequence[Sound]:
        before: list[Sound] = []
        if utterance.fresh:
            utterance.fresh = False
            before.append(Begun(voiced=utterance.told))
        rules = self._rules
        voiced = probability >= (
            rules.threshold if utterance.awaited else rules.release
        )
        utterance.count(voiced, self._window, self._start, self._strays)
        if not utterance.told and not utterance.awaited:
            utterance.told = True
            before.append(Voiced())
        if utterance.pause and not utterance.quiet:
            utterance.pause = 0
            utterance.hangover = self._hangover
            before.append(Resumed())
        return (*before, frame, *self._finish(utterance, voiced=voiced))

    def _finish(self, utterance: Utterance, *, voiced: bool) -> Sequence[Sound]:
        """Its end, if this was it. A voiced frame never is: it may be a new word."""
        if utterance.awaited:
            longest = self._longest if utterance.held else self._unvoiced
            return self._end(utterance) if utterance.length >= longest else ()
        quiet = not voiced and not utterance.held
        if quiet and utterance.quiet >= utterance.hangover:
            return self._end(utterance)
        if utterance.length >= self._longest:
            self._utterance = self._rest(utterance)
            return (self._ended(utterance, cut=True),)
        if quiet and self._pause and utterance.quiet >= self._pause:
            return self._pausing(utterance)
        return ()

    def _end(self, utterance: Utterance) -> Sequence[Sound]:
        self._utterance = None
        return (self._ended(utterance),)

    def _rest(self, utterance: Utterance) -> Utterance:
        """What follows a cut."""
        return Utterance(
            self._hangover,
            min(1, utterance.needed),  # it may be half a word
            utterance.recent,
            strays=utterance.strays,
            quiet=utterance.quiet,
            held=utterance.held,
            fresh=True,
        )

    def _pausing(self, utterance: Utterance) -> Sequence[Sound]:
        if utterance.pause:
            return ()
        self._pauses += 1
        utterance.pause = self._pauses
        return (Paused(self._pauses),)

    def _ended(self, utterance: Utterance, *, cut: bool = False) -> Ended:
        seconds = self._frame_ms / 1000
        return Ended(
            seconds=utterance.spoken * seconds,
            quiet=utterance.quiet * seconds,
            cut=cut,
            too_short=not utterance.awaited and utterance.voiced < utterance.needed,
            voiced=not utterance.awaited,
        )
