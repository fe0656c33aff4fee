"""The embedded voice: SVOX Pico (Apache-2.0), spoken by a child process."""

import struct
import subprocess
import sys
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import trio

from agent import models
from agent.errors import Unavailable

RATE = 16_000
SENTENCE_WITHIN = 20.0
"""Seconds for one text; Pico speaks seventy times faster than real time."""

LARGEST = 1 << 24
"""Bytes of one frame; anything longer is not from our child."""

_MARKUP = str.maketrans({"<": " ", ">": " ", "&": " and ", "\\": " "})


@asynccontextmanager
async def open_pico(
    voice: str, command: Sequence[str] | None = None
) -> AsyncIterator["Pico"]:
    """The voice *voice* ("en-GB" or "en-US"); its process lives from the first text
    on until the end. *command* starts the child (a compiled program has its own)."""
    pico = Pico(voice, command or [sys.executable, "-m", "agent.speaking.picochild"])
    try:
        yield pico
    finally:
        await pico.aclose()


class Pico:
    """Satisfies `agent.ports.Voice`."""

    name = "pico"
    rate = RATE

    def __init__(self, voice: str, command: Sequence[str]) -> None:
        self._voice = voice
        self._command = command
        self._child: trio.Process | None = None
        self._turn = trio.Lock()  # the child says one text at a time

    @trio.as_safe_channel
    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """PCM at 16 kHz; nothing for a text in which there is nothing to say.

        Raises `Unavailable` without the voice's files, and when the child dies.
        """
        sayable = clean(text)
        if not sayable:
            return
        async with self._turn:
            child = await self._alive()
            finished = False
            try:
                with trio.fail_after(SENTENCE_WITHIN):
                    await _send(child, sayable)
                    while pcm := await _receive(child):
                        yield pcm
                    finished = True
            except (trio.TooSlowError, trio.BrokenResourceError, OSError) as exc:
                raise Unavailable(f"the embedded voice gave up: {exc!r}") from exc
            finally:
                if not finished:
                    await (
                        self.aclose()
                    )  # what it still has to say is no answer to the next

    async def _alive(self) -> trio.Process:
        if self._child is None or self._child.poll() is not None:
            folder = models.folder("pico")
            self._child = await trio.lowlevel.open_process(
                [*self._command, str(folder), self._voice],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._child

    async def aclose(self) -> None:
        """End the child at once; the next text starts another."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        with trio.CancelScope(shield=True):  # killed: it is gone within milliseconds
            await child.wait()
            assert child.stdio is not None
            await child.stdio.aclose()


async def _send(child: trio.Process, text: str) -> None:
    assert child.stdin is not None
    content = text.encode()
    await child.stdin.send_all(struct.pack("<I", len(content)) + content)


async def _receive(child: trio.Process) -> bytes:
    (length,) = struct.unpack("<I", await _exactly(child, 4))
    if length > LARGEST:
        raise Unavailable("the embedded voice is out of step")
    return await _exactly(child, length)


async def _exactly(child: trio.Process, count: int) -> bytes:
    assert child.stdout is not None
    found = bytearray()
    while len(found) < count:
        more = await child.stdout.receive_some(count - len(found))
        if not more:
            raise Unavailable(
                "the embedded voice ended unexpectedly; it is started again"
            )
        found += more
    return bytes(found)


def clean(text: str) -> str:
    """*text* as Pico can take it: no markup, no control characters, Latin letters.

    Pico's own lexicon reads numbers and abbreviations; what it has no sound for
    would be silence, and a NUL would crash it.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_MARKUP))
    kept = "".join(c if _sayable(c) else " " for c in plain)
    words = " ".join(kept.split())
    return words if any(c.isalnum() for c in words) else ""


def _sayable(character: str) -> bool:
    return (
        character.isprintable() and ord(character) < 0x250
    ) or character in "’‘“”–—…€"
