"""How loud it is: changed without a click, and without clipping hard."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

RAMP = 0.008
"""Seconds in which silence becomes full volume, or the other way round."""

KNEE = 0.8
"""Of full scale: what is louder is bent towards it, so that nothing is cut off."""


class Gain:
    """16-bit mono PCM in and out. At 0 dB it changes nothing, and costs nothing.

    `volume` may be called in any thread; the rest only where the sound is.
    """

    def __init__(self) -> None:
        self._wanted = 1.0
        self._now = 1.0

    def volume(self, db: float) -> None:
        """From the next sample on, as steeply as `RAMP` allows."""
        self._wanted = 10 ** (db / 20)

    def begin_softly(self) -> None:
        """What comes does not follow what came: it fades in."""
        self._now = 0.0

    def apply(self, pcm: bytes, rate: int) -> bytes:
        """*pcm*, as loud as wanted."""
        wanted = self._wanted
        if self._now == wanted == 1.0 or not pcm:
            return pcm
        import numpy as np

        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        samples *= self._curve(samples.size, rate, wanted)
        return _bent(samples)

    def end_softly(self, pcm: bytes, rate: int) -> bytes:
        """As much of *pcm* as it takes to fade out; the next sound fades in."""
        import numpy as np

        samples = np.frombuffer(pcm, "<i2")[: max(1, round(rate * RAMP))]
        down = np.linspace(self._now, 0.0, samples.size, dtype=np.float32)
        self.begin_softly()
        return _bent(samples * down)

    def _curve(
        self, size: int, rate: int, wanted: float
    ) -> "npt.NDArray[np.float32] | float":
        """The factor of each of so many samples."""
        if self._now == wanted:
            return wanted
        import numpy as np

        slope = (1 if wanted > self._now else -1) / max(1.0, rate * RAMP)
        curve = self._now + slope * np.arange(1, size + 1)
        limit = np.minimum if slope > 0 else np.maximum
        curve = limit(curve, wanted)
        self._now = float(curve[-1])
        factors: npt.NDArray[np.float32] = curve.astype(np.float32)
        return factors


def _bent(samples: "npt.NDArray[np.float32]") -> bytes:
    """As 16-bit PCM: linear up to the knee, and beyond it ever more softly to the top."""
    import numpy as np

    knee = KNEE * 32767
    room = 32767 - knee
    over = np.abs(samples) - knee
    if over.size and over.max() > 0:
        bent = np.sign(samples) * (knee + room * np.tanh(np.maximum(over, 0) / room))
        samples = np.where(over > 0, bent, samples)
    pcm: bytes = np.rint(samples).astype("<i2").tobytes()
    return pcm
