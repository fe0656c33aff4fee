"""The computer's own voice, where it has one: ``espeak-ng`` on Linux, ``say`` on a Mac.

A program a text, which writes a WAV to its standard output (or to a file that is removed
at once): nothing that a text does to it can harm us.
"""

import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import trio

from agent.errors import Unavailable
from agent.ports import Passage

WITHIN = 20.0
"""Seconds for a passage."""

LARGEST = 1 << 24
PIECE = 1 << 13

_MAC_RATE = 22_050
_LINUX = ("espeak-ng", "espeak")


class SystemVoice:
    """Satisfies `agent.ports.Voice`."""

    name = "system"

    def __init__(self, language: str = "") -> None:
        self.rate = _MAC_RATE
        self._language = language

    def own_speed(self, wanted: float) -> float:  # noqa: ARG002 # it has only one
        return 1.0

    @trio.as_safe_channel
    async def speak(self, passage: Passage) -> AsyncGenerator[bytes, None]:
        """PCM for the whole text. Raises `Unavailable` without such a voice."""
        text = " ".join(passage.text.replace("\0", " ").split())
        if not any(c.isalnum() for c in text):
            return
        text = text.encode("utf-8", "replace").decode()
        wav = await (
            _by_say(text) if sys.platform == "darwin" else self._by_espeak(text)
        )
        self.rate, pcm = _opened(wav)
        for at in range(0, len(pcm), PIECE):
            yield pcm[at : at + PIECE]

    async def _by_espeak(self, text: str) -> bytes:
        program = next(filter(None, map(shutil.which, _LINUX)), None)
        if program is None:
            raise Unavailable("this computer has no voice of its own (espeak-ng)")
        chosen = ["-v", self._language] if self._language else []
        return await _run([program, "--stdout", "-b", "1", *chosen, "--stdin"], text)


async def _by_say(text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        kind = f"--data-format=LEI16@{_MAC_RATE}"
        await _run(["say", "-o", str(file), "--file-format=WAVE", kind], text)
        return await trio.Path(file).read_bytes()


async def _run(command: Sequence[str], text: str) -> bytes:
    """What it prints."""
    try:
        with trio.fail_after(WITHIN):
            done = await trio.run_process(
                command,
                stdin=text.encode(),
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
            )
    except trio.TooSlowError:
        raise Unavailable(f"{command[0]} does not go on speaking") from None
    except (OSError, subprocess.CalledProcessError) as exc:
        raise Unavailable(f"{command[0]} does not speak: {exc}") from exc
    return bytes(done.stdout)


def _opened(wav: bytes) -> tuple[int, bytes]:
    """The rate and the sound of a WAV with 16-bit mono, whose sizes may be made up: who
    writes to a pipe does not know them yet."""
    if len(wav) < 44 or wav[:4] != b"RIFF" or len(wav) > LARGEST:
        raise Unavailable("the computer's voice gave no sound")
    (rate,) = struct.unpack_from("<I", wav, 24)
    start = wav.find(b"data", 12, 4096)
    pcm = wav[start + 8 :] if start >= 0 else b""
    if not 8000 <= rate <= 192_000 or not pcm:
        raise Unavailable("the computer's voice gave no sound")
    return rate, pcm[: len(pcm) & ~1]
