"""Cuts what is heard into utterances: where does speech begin, where does it end?

Everything is counted in frames of one fixed length; a frame is *voiced* when its
probability of speech reaches a threshold. Speech begins when enough of a short
window is voiced. It ends when nothing but a few strays has been voiced for the
length of the hangover, counted from the end of the last clearly voiced stretch:
a key click in the pause does not prolong it, and a pause without one ends after
exactly the hangover.
"""

from collections import deque
from collections.abc import Sequence
from math import ceil, floor
from typing import TypeAlias

import msgspec

_STRAYS = 0.1  # of the hangover may be voiced without being speech


class Begun(msgspec.Struct, frozen=True):
    """Speech began; its audio follows, from a little earlier on."""


class Ended(msgspec.Struct, frozen=True):
    """Speech ended *quiet* seconds ago, and took *seconds* without those around it.

    *cut*: only the longest allowed utterance ended, the next frame continues it.
    *too_short*: it was a cough or a click after all.
    """

    seconds: float
    quiet: float
    cut: bool = False
    too_short: bool = False


Sound: TypeAlias = Begun | bytes | Ended


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as an utterance; *threshold* is to start one, *release* to stay."""

    threshold: float = 0.5
    release: float = 0.35
    start_ms: float = 96
    start_window_ms: float = 128
    hangover_ms: float = 640
    pre_roll_ms: float = 500
    min_speech_ms: float = 200
    max_utterance: float = 30.0


class _Utterance(msgspec.Struct):
    """One under way, in frames; right after a cut it has no *length* yet."""

    recent: int
    """The voiced ones among the latest as bits, the newest lowest."""
    needed: int
    """So many must be voiced, or it was too short."""
    length: int = 0
    lead: int = 0
    """Those before the first voiced one: the pre-roll."""
    spoken: int = 0
    """From the first voiced to the last clearly voiced one."""
    voiced: int = 0
    strays: int = 0
    """Voiced ones since the last clearly voiced one."""
    quiet: int = 0
    """All since the last clearly voiced one."""


class Endpointer:
    """Takes frames one after the other and gives back the sounds they complete.

    `Begun`, its audio and `Ended` alternate. The audio is the frames themselves in
    their order, none twice, and within an utterance none is left out.
    """

    def __init__(self, rules: Rules, frame_ms: float) -> None:
        self._rules = rules
        self._seconds = frame_ms / 1000
        self._start = ceil(rules.start_ms / frame_ms)
        window = max(self._start, floor(rules.start_window_ms / frame_ms))
        self._window = (1 << window) - 1
        self._hangover = ceil(rules.hangover_ms / frame_ms)
        self._pre_roll = ceil(rules.pre_roll_ms / frame_ms)
        self._min_speech = ceil(rules.min_speech_ms / frame_ms)
        self._longest = floor(rules.max_utterance * 1000 / frame_ms)
        before = min(self._pre_roll + window, self._longest)
        self._before: deque[bytes] = deque(maxlen=before)
        self._recent = 0
        self._utterance: _Utterance | None = None

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way."""
        return self._utterance is not None

    def feed(self, frame: bytes, probability: float) -> Sequence[Sound]:
        """What is new with *frame*, in which someone speaks with *probability*."""
        if self._utterance is not None:
            return self._continue(self._utterance, frame, probability)
        self._before.append(frame)
        voiced = probability >= self._rules.threshold
        if not voiced and not self._recent:
            return ()  # most of a day is this line
        self._recent = (self._recent << 1 | voiced) & self._window
        if self._recent.bit_count() < self._start:
            return ()
        return self._begin(self._recent)

    def flush(self) -> Sequence[Sound]:
        """What is left at the end of the stream, or before a gap in it."""
        utterance, self._utterance = self._utterance, None
        self.forget()
        if utterance is None or not utterance.length:
            return ()
        return (self._ended(utterance),)

    def forget(self) -> None:
        """Keep nothing for a pre-roll: what comes does not follow what came."""
        self._before.clear()
        self._recent = 0

    def _begin(self, recent: int) -> Sequence[Sound]:
        onset = recent.bit_length()  # the oldest voiced one was so many frames ago
        audio = list(self._before)[-(self._pre_roll + onset) :]
        spoken = min(onset, len(audio))
        self.forget()
        self._utterance = utterance = _Utterance(
            recent=recent,
            needed=self._min_speech,
            length=len(audio),
            lead=len(audio) - spoken,
            spoken=spoken,
            voiced=recent.bit_count(),
        )
        return (Begun(), b"".join(audio), *self._finish(utterance, voiced=True))

    def _continue(
        self, utterance: _Utterance, frame: bytes, probability: float
    ) -> Sequence[Sound]:
        begun = () if utterance.length else (Begun(),)
        voiced = probability >= self._rules.release
        self._count(utterance, voiced=voiced)
        return (*begun, frame, *self._finish(utterance, voiced=voiced))

    def _count(self, utterance: _Utterance, *, voiced: bool) -> None:
        utterance.length += 1
        utterance.quiet += 1
        utterance.strays += voiced
        utterance.recent = (utterance.recent << 1 | voiced) & self._window
        if voiced and self._clear(utterance):
            utterance.spoken = utterance.length - utterance.lead
            utterance.voiced += utterance.strays
            utterance.strays = utterance.quiet = 0

    def _clear(self, utterance: _Utterance) -> bool:
        """Whether a voiced frame is speech: dense enough, or too many for strays."""
        dense = utterance.recent.bit_count() >= self._start
        return dense or utterance.strays > _STRAYS * self._hangover

    def _finish(self, utterance: _Utterance, *, voiced: bool) -> Sequence[Ended]:
        """Its end, if this was it. A voiced frame never is: it may be a new word."""
        if utterance.quiet >= self._hangover and not voiced:
            self._utterance = None
            return (self._ended(utterance),)
        if utterance.length >= self._longest:
            self._utterance = _Utterance(
                recent=utterance.recent,
                needed=min(1, self._min_speech),  # it may be half a word
                strays=utterance.strays,
                quiet=utterance.quiet,
            )
            return (self._ended(utterance, cut=True),)
        return ()

    def _ended(self, utterance: _Utterance, *, cut: bool = False) -> Ended:
        return Ended(
            seconds=utterance.spoken * self._seconds,
            quiet=utterance.quiet * self._seconds,
            cut=cut,
            too_short=utterance.voiced < utterance.needed,
        )
