"""Whatever a device sends, as frames for the ear: 16 kHz, mono, of one length.

All of it runs in the audio thread. What needs no change costs nothing but a call;
numpy and soxr are loaded, before the first sound, where they are needed.
"""

from collections.abc import Callable

from agent.hearing.microphones.backends import Take
from agent.ports import RATE


def shaped(
    rate: int,
    channels: int,
    heard: Callable[[bytes], None],
    *,
    block: int,
    channel: int = 0,
    gain_db: float = 0.0,
) -> Take:
    """What to call with PCM of *rate* and *channels*, so that *heard* is called with
    every *block* samples of it: of the mean of all channels, or of one (from 1 on, the
    mean where there are not as many), *gain_db* louder."""
    blocks = Blocks(2 * block, heard)
    if (rate, channels, gain_db) == (RATE, 1, 0):
        return blocks.feed
    convert = _conversion(rate, channels, channel, 10 ** (gain_db / 20))
    return lambda pcm: blocks.feed(convert(pcm))


class Blocks:
    """Cuts bytes that come in any length anew."""

    def __init__(self, size: int, heard: Callable[[bytes], None]) -> None:
        self._size = size
        self._heard = heard
        self._waiting = bytearray()

    def feed(self, pcm: bytes) -> None:
        if len(pcm) == self._size and not self._waiting:
            self._heard(pcm)
            return
        self._waiting += pcm
        while len(self._waiting) >= self._size:
            block = bytes(self._waiting[: self._size])
            del self._waiting[: self._size]
            self._heard(block)


def _conversion(
    rate: int, channels: int, channel: int, gain: float
) -> Callable[[bytes], bytes]:
    """16-bit PCM to 16 kHz mono, clipped where it is too loud; piece by piece."""
    import numpy as np

    stream = None
    if rate != RATE:
        import soxr

        stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ")

    def convert(pcm: bytes) -> bytes:
        frames = np.frombuffer(pcm, "<i2").astype(np.float32).reshape(-1, channels)
        one = 1 <= channel <= channels
        mono = frames[:, channel - 1] if one else frames.mean(axis=1)
        if stream is not None:
            mono = stream.resample_chunk(np.ascontiguousarray(mono))
        louder = np.rint(mono * gain).clip(-32768, 32767)
        return bytes(louder.astype("<i2").data)

    return convert
