"""Sound that is made from a text, so that a test can tell which text it was.

Each character is a quiet tone of its own for `SECONDS`. Whatever is not asked for as PCM
is silence in frames of MP3: nobody listens to it.
"""

import math
import struct
from collections.abc import AsyncGenerator
from functools import lru_cache

import trio

SECONDS = 1 / 16
"""Of each character."""

AMPLITUDE = 300
PIECE = 1_001
"""Bytes; odd, as the network cuts samples in half."""

_FORMATS = """
mp3_22050_32 mp3_24000_48 mp3_44100_32 mp3_44100_64 mp3_44100_96 mp3_44100_128
mp3_44100_192 pcm_8000 pcm_16000 pcm_22050 pcm_24000 pcm_32000 pcm_44100 pcm_48000
ulaw_8000 alaw_8000 opus_48000_32 opus_48000_64 opus_48000_96 opus_48000_128
opus_48000_192
"""
STREAMED = frozenset(_FORMATS.split())
WHOLE = STREAMED | {f"wav_{each[4:]}" for each in STREAMED if each[:4] == "pcm_"}

TIER_OF = {"mp3_44100_192": "creator"} | {
    f"{kind}_{rate}": "pro" for kind in ("pcm", "wav") for rate in (44_100, 48_000)
}
"""The plan that a format needs, where not everyone may have it."""

_SILENT_FRAME = b"\xff\xfb\x90\x64" + bytes(413)  # MPEG-1 layer III, 128 kbit/s


def pcm_of(text: str, rate: int = 24_000) -> bytes:
    """*text* as 16 bit mono."""
    return b"".join(_tone(character, rate) for character in text)


def sound_of(text: str, format: str) -> bytes:
    kind, _, rate = format.partition("_")
    if kind == "pcm":
        return pcm_of(text, int(rate))
    return _SILENT_FRAME * math.ceil(len(text) * SECONDS / 0.026)


@lru_cache(maxsize=1024)
def _tone(character: str, rate: int) -> bytes:
    """Whole waves of one of 64 pitches, so that nothing clicks at a join."""
    hertz = (10 + ord(character) % 64) / SECONDS
    step = math.tau * hertz / rate
    count = round(rate * SECONDS)
    samples = (round(AMPLITUDE * math.sin(step * n)) for n in range(count))
    return struct.pack(f"<{count}h", *samples)


async def paced(
    sound: bytes, pace: float, delay: float, piece: int = PIECE
) -> AsyncGenerator[bytes, None]:
    """*sound* in pieces of *piece* bytes, by the clock: whoever is late catches up."""
    begins = trio.current_time() + delay
    for at in range(0, len(sound), piece):
        await trio.sleep_until(begins + at / pace)
        yield sound[at : at + piece]


def times(text: str) -> list[float]:
    """When each character begins, in seconds, and when the last one ends."""
    return [round(n * SECONDS, 4) for n in range(len(text) + 1)]
