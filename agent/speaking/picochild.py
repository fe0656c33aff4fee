"""The embedded voice's engine, in a process of its own: no text can take Tonny down.

With the arguments FOLDER and VOICE it reads frames from standard
input and answers on standard output. A frame is four bytes of length
(little-endian) and so many bytes: text in UTF-8 one way, 16 kHz PCM the other. An
empty frame ends an answer. It ends when its input does.
"""

import signal
import struct
import sys
from typing import BinaryIO

RATE = 16_000

NAME = "agent.speaking.picochild"
"""This module, whose own `__name__` is another one in the child."""

NO_ENGINE = 69
"""What it exits with where the library that speaks is not installed."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our parent
    folder, voice = sys.argv[1:]
    try:
        import ttspico
    except ImportError:
        sys.exit(NO_ENGINE)

    engine = ttspico.TtsEngine(voice, f"{folder}/")
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    while (text := _read(incoming)) is not None:
        _speak(engine, text.decode("utf-8"), outgoing)


def _speak(engine: object, text: str, outgoing: BinaryIO) -> None:
    def take(_format: tuple[int, int, int], pcm: bytes, _final: bool) -> bool:
        if pcm:
            _write(outgoing, pcm)
        return True

    engine.speak(text, take)  # type: ignore[attr-defined] # a C extension's class
    _write(outgoing, b"")


def _read(incoming: BinaryIO) -> bytes | None:
    header = incoming.read(4)
    if len(header) < 4:
        return None
    (length,) = struct.unpack("<I", header)
    return incoming.read(length)


def _write(outgoing: BinaryIO, content: bytes) -> None:
    outgoing.write(struct.pack("<I", len(content)) + content)
    outgoing.flush()


if __name__ == "__main__":
    main()
