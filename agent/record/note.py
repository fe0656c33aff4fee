"""An utterance as a file: a WAV with a note in it.

Whoever opens such a file with a player hears it. What else is known of it is JSON in a
chunk of its own, which players skip, so that an utterance is one file: there or not.
RIFF and its chunks: Microsoft's "Multimedia Programming Interface and Data
Specifications 1.0".
"""

import struct

import msgspec

from agent.events import Source
from agent.ports import RATE

HEAD = 4096
"""Bytes in which the note ends."""

_HEAD = struct.Struct("<4sI4s 4sIHHIIHH 4sI")
"""RIFF and its size; the format; the name and the size of our chunk."""
_DATA = struct.Struct("<4sI")
_FORMAT = (b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)  # PCM, mono, 16 bits


class Note(msgspec.Struct, frozen=True):
    """What is known of an utterance. *said_at* is the wall-clock time in seconds at
    which it began; *id* sorts by it (see `agent.record.spool.Spool.new_id`)."""

    id: str
    turn: int
    session: str
    said_at: float
    language: str | None = None
    source: Source = "voice"


class Damaged(Exception):
    """What is not as we wrote it."""


def encoded(note: Note, pcm: bytes) -> bytes:
    """The whole file."""
    text = msgspec.json.encode(note)
    text += b" " * (len(text) % 2)  # chunks are of even length
    size = _HEAD.size - 8 + len(text) + _DATA.size + len(pcm)
    head = _HEAD.pack(b"RIFF", size, b"WAVE", *_FORMAT, b"tony", len(text))
    return b"".join([head, text, _DATA.pack(b"data", len(pcm)), pcm])


def decoded(head: bytes, size: int) -> tuple[Note, int]:
    """The note, and where the PCM begins, of a file of *size* bytes that begins with
    *head*. Raises `Damaged` unless `encoded` made it."""
    try:
        riff, whole, wave, *form, chunk, length = _HEAD.unpack_from(head)
        begin = _HEAD.size + length + _DATA.size
        name, rest = _DATA.unpack_from(head, _HEAD.size + length)
        note = msgspec.json.decode(head[_HEAD.size :][:length], type=Note)
    except (struct.error, msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise Damaged(str(exc)) from exc
    if (riff, wave, tuple(form), chunk, name) != (
        b"RIFF", b"WAVE", _FORMAT, b"tony", b"data"
    ):  # fmt: skip
        raise Damaged("no recording of ours")
    if whole != size - 8 or rest != size - begin:
        raise Damaged(f"{size} bytes, which is not the whole of it")
    return note, begin
