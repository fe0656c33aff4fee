"""Speed and pitch of speech, changed while it streams; formants stay where they are.

TD-PSOLA: E. Moulines and F. Charpentier, "Pitch-synchronous waveform processing
techniques for text-to-speech synthesis using diphones", Speech Communication 9
(1990), 453-467; for time scales, E. Moulines and J. Laroche, "Non-parametric
techniques for pitch-scale and time-scale modification of speech", Speech
Communication 16 (1995), 175-205. Speech is cut into grains, two periods long and
centred on marks, one a period. Grains repeated or left out change the speed; grains
closer together or farther apart change the pitch. What is in a grain stays as it is,
and with it the formants.

`pitch` measures periods, `marks` sets the marks, `grains` puts together what is told.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.speaking.psola.grains import Grains

SLOWEST, FASTEST = 0.5, 2.0
OCTAVE = 12.0  # semitones

_PAST = 0.05
"""Seconds kept of what was passed on unchanged: where a change begins, the pitch is
measured in what was before, too."""

_AT_ONCE = 1.0
"""Seconds; a longer piece is taken in several, and takes no more memory."""


class Psola:
    """Changes 16-bit mono PCM at *rate* samples per second, utterance by utterance.

    At speed 1 and 0 semitones an utterance passes unchanged and at once. As soon as
    either is something else, what is fed comes out about 50 ms of sound later, until
    the end of the utterance. However it is cut into pieces, the result is the same.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._speed = 1.0
        self._semitones = 0.0
        self._past = b""
        self._grains: Grains | None = None

    @property
    def speed(self) -> float:
        """Times as fast, 0.5 to 2.0: what is beyond is taken for the nearest."""
        return self._speed

    @speed.setter
    def speed(self, times: float) -> None:
        self._speed = min(FASTEST, max(SLOWEST, times))

    @property
    def semitones(self) -> float:
        """How much higher, -12 to 12: what is beyond is taken for the nearest."""
        return self._semitones

    @semitones.setter
    def semitones(self, higher: float) -> None:
        self._semitones = min(OCTAVE, max(-OCTAVE, higher))

    def feed(self, pcm: bytes) -> bytes:
        """*pcm* (whole samples), as far as it can be told without what follows it."""
        if self._grains is None:
            if self._speed == 1 and self._semitones == 0:
                self._past = (self._past + pcm)[-self._bytes(_PAST) :]
                return pcm
            from agent.speaking.psola.grains import Grains

            self._grains = Grains(self._rate, self._past)
        size = self._bytes(_AT_ONCE)
        pieces = [pcm[at : at + size] for at in range(0, len(pcm), size)]
        return b"".join(
            self._grains.feed(piece, self._speed, self._ratio) for piece in pieces
        )

    def flush(self) -> bytes:
        """The rest of the utterance; what is fed next is another one."""
        grains = self._grains
        self.forget()
        return b"" if grains is None else grains.flush(self._speed, self._ratio)

    def forget(self) -> None:
        """Throw away what has not been told: what is fed next is another utterance."""
        self._grains = None
        self._past = b""

    @property
    def _ratio(self) -> float:
        return float(2 ** (self._semitones / OCTAVE))

    def _bytes(self, seconds: float) -> int:
        return 2 * round(seconds * self._rate)
