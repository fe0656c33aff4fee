"""From any rate to one, as a stream, by soxr."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import soxr


class Resampler:
    """16-bit mono PCM at any rate in, at *rate* out; the same rate costs nothing, and
    changes nothing."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._stream: soxr.ResampleStream | None = None
        self._from = rate

    def feed(self, pcm: bytes, rate: int) -> bytes:
        """*pcm*, as far as it can be told without what follows it."""
        before = b"" if rate == self._from else self.flush()
        if rate == self._rate:
            return before + pcm
        if self._stream is None:
            import soxr

            self._from = rate
            self._stream = soxr.ResampleStream(rate, self._rate, 1)
        return before + _resampled(self._stream, pcm, last=False)

    def flush(self) -> bytes:
        """The rest: nothing follows."""
        rest = b"" if self._stream is None else _resampled(self._stream, b"", last=True)
        self.forget()
        return rest

    def forget(self) -> None:
        """What comes next does not follow what was."""
        self._stream = None
        self._from = self._rate


def _resampled(stream: "soxr.ResampleStream", pcm: bytes, *, last: bool) -> bytes:
    """In floats: with integers, soxr adds dither, and silence is silent no more."""
    import numpy as np

    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    resampled = np.rint(stream.resample_chunk(samples, last=last))
    whole: bytes = resampled.clip(-32768, 32767).astype("<i2").tobytes()
    return whole
