"""From one rate to another, as a stream, by soxr."""


class Resampler:
    """PCM (s16le, mono) at *rate* in, at *target* out; the same rate costs nothing."""

    def __init__(self, rate: int, target: int) -> None:
        self.rate = rate
        self._stream = None
        if rate != target:
            import soxr

            self._stream = soxr.ResampleStream(
                rate, target, 1, dtype="int16", quality="HQ"
            )

    def feed(self, pcm: bytes) -> bytes:
        return self._resampled(pcm, last=False)

    def flush(self) -> bytes:
        """What the filter still holds back."""
        return self._resampled(b"", last=True)

    def _resampled(self, pcm: bytes, *, last: bool) -> bytes:
        if self._stream is None:
            return pcm
        import numpy as np

        samples = np.frombuffer(pcm, "<i2").astype(np.int16)
        out: bytes = (
            self._stream.resample_chunk(samples, last=last).astype("<i2").tobytes()
        )
        return out
