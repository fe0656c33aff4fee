"""An utterance as frames of bytes, for either kind of server."""

import struct
from array import array
from collections.abc import Iterator

from agent.ports import RATE

LARGEST = 2 * RATE
"""Bytes of one frame at most: a second; a server dislikes more at once."""

AU_HEADER = struct.pack(">4s5I", b".snd", 24, 0xFFFFFFFF, 3, RATE, 1)
"""A stream of unknown length, 16-bit linear, mono; its samples are big-endian. A
server without ``--pcm-input`` pipes what it gets to ffmpeg, and from this header
ffmpeg gets going at once (from a WAV's it takes five seconds)."""


def frames(pcm: bytes, *, container: bool) -> Iterator[bytes]:
    """*pcm* (whole samples) in frames; in a *container*, as what follows its header."""
    for at in range(0, len(pcm), LARGEST):
        frame = pcm[at : at + LARGEST]
        yield _big_endian(frame) if container else frame


def _big_endian(pcm: bytes) -> bytes:
    samples = array("h", pcm)
    samples.byteswap()
    return samples.tobytes()
