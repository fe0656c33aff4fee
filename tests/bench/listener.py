"""Someone who listens in virtual time: the real ear and the real recogniser.

The time that the recogniser takes is measured, and passes for the ear too: what it
says of a pause comes to the ear as late as it would in life. (It is CPU time, of the
one thread that it works in, so that nothing else on the machine counts.)
"""

import time
from collections.abc import Iterator

import msgspec

from agent import models
from agent.config.settings import Vad
from agent.core.completeness import Completeness, Reading, reading
from agent.core.doubt import doubt
from agent.hearing.ear import make_ear
from agent.hearing.moonshine import muttered
from agent.hearing.moonshine_model import MoonshineModel
from agent.hearing.surroundings import Orders, Surroundings
from agent.models.manifest import SILERO
from agent.ports import RATE
from agent.sounds import Begun, Ended, Paused, Resumed


class Said(msgspec.Struct):
    """An utterance, in seconds of the recording: *begin* and *end* are those of its
    audio, *over* is when the ear said so and *ready* when its text was there too. *quiet*
    is how long nobody had spoken then, and *hangover* how long that had to be."""

    begin: float
    end: float
    over: float = 0.0
    ready: float = 0.0
    quiet: float = 0.0
    hangover: float = 0.0
    text: str = ""
    confidence: float = 0.0
    too_short: bool = False

    @property
    def reading(self) -> Reading:
        return reading(self.text, "en")

    def believed(self, *, least: float, sure: bool = True) -> bool:
        """Whether it becomes a turn; without *sure*, of a recogniser that gives no
        confidence."""
        known = self.confidence if sure else None
        return not self.too_short and doubt(self.text, known, least) is None


class Listener:
    """Hears one recording after the other; *vad* as in the settings."""

    def __init__(self, vad: Vad) -> None:
        self._vad = vad
        self._model = MoonshineModel(models.folder("moonshine-tiny-en"))
        self._policy = Completeness(
            vad.hangover_complete_ms, vad.hangover_incomplete_ms
        )

    def recognise(self, pcm: bytes) -> tuple[str, float, float]:
        """The text, its confidence, and the seconds of CPU that took."""
        began = time.thread_time()
        text, confidence = self._model.transcribe(pcm)
        took = time.thread_time() - began
        return text.strip(), 0.0 if muttered(text) else confidence, took

    def listen(self, pcm: bytes) -> Iterator[Said]:
        """The utterances in *pcm*, in order."""
        hearing = _Hearing(self, self._vad, self._policy)
        size = 2 * hearing.ear.block
        for at in range(0, len(pcm) - size + 1, size):
            yield from hearing.hear(pcm[at : at + size])
        yield from hearing.end()


class _Hearing:
    def __init__(self, listener: Listener, vad: Vad, policy: Completeness) -> None:
        self._orders = Orders()
        around = Surroundings(lambda: False, self._orders)
        self.ear = make_ear(vad, models.locate(SILERO), around)
        self._usual = vad.hangover_ms / 1000
        self._listener = listener
        self._policy = policy
        self._now = 0.0
        self._decision: tuple[float, int, float] | None = None
        self._take = bytearray()
        self._known = False
        self._said = Said(0, 0)

    def hear(self, frame: bytes) -> Iterator[Said]:
        self._now += len(frame) / (2 * RATE)
        if self._decision is not None and self._now >= self._decision[0]:
            self._orders.decide(*self._decision[1:])
            self._decision = None
        yield from self._sort(self.ear.feed(frame))

    def end(self) -> Iterator[Said]:
        yield from self._sort(self.ear.flush())

    def _sort(self, sounds: object) -> Iterator[Said]:
        assert isinstance(sounds, (tuple, list))
        for sound in sounds:
            match sound:
                case Begun():
                    self._take = bytearray()
                    self._said = Said(self._now, self._now, hangover=self._usual)
                case bytes():
                    if not self._take:
                        self._said.begin = self._now - len(sound) / (2 * RATE)
                    self._take += sound
                case Paused(number):
                    self._recognise()
                    hangover = self._policy.hangover_ms(self._said.text, "en")
                    if hangover is not None:
                        self._decision = self._said.ready, number, hangover
                        self._said.hangover = hangover / 1000
                case Resumed():
                    self._known = False
                    self._decision = None
                    self._said.hangover = self._usual
                case Ended():
                    yield self._over(sound)

    def _recognise(self) -> None:
        said = self._said
        said.text, said.confidence, took = self._listener.recognise(bytes(self._take))
        said.ready = self._now + took
        self._known = True

    def _over(self, ended: Ended) -> Said:
        self._decision = None
        if not self._known and not ended.too_short:
            self._recognise()
        self._known = False
        said = self._said
        said.over = self._now
        said.end = said.begin + len(self._take) / (2 * RATE)
        said.quiet = ended.quiet
        said.ready = max(said.ready, said.over)
        said.too_short = ended.too_short
        return said
