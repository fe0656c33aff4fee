"""The embedded voice: SVOX Pico (Apache-2.0), spoken by a child process."""

import re
import struct
import subprocess
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import trio

from agent import executable, models
from agent.errors import Unavailable, translating
from agent.ports import Passage
from agent.speaking import picochild

RATE = 16_000
ANSWER_WITHIN = 20.0
"""Seconds for the next piece; Pico speaks seventy times faster than real time."""

LARGEST = 1 << 24
"""Bytes of one frame; anything longer is not from our child."""


_COMMAND = executable.child(picochild.NAME, picochild.__file__)


class Child(msgspec.Struct, frozen=True):
    """The process that speaks, and its two pipes."""

    process: trio.Process
    texts: trio.abc.SendStream
    sound: trio.abc.ReceiveStream

    async def aclose(self) -> None:
        """End it at once."""
        self.process.kill()
        with trio.CancelScope(shield=True):  # killed: it is gone within milliseconds
            await self.process.wait()
            await self.texts.aclose()
            await self.sound.aclose()


LONGEST_WORD = 30
_LONG = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")
_MARKUP = str.maketrans({"<": " ", ">": " ", "&": " and ", "\\": " "})
_PAUSE = re.compile(r"\s*(?:[–—…]|\.{2,})\s*(?=\w)")
"""What Pico would run over, or read as "dot dot dot"."""


@asynccontextmanager
async def open_pico(
    voice: str, command: Sequence[str] | None = None
) -> AsyncIterator["Pico"]:
    """The voice *voice* ("en-GB" or "en-US"); its process lives from the first text
    on until the end. *command* starts the child (a compiled program has its own)."""
    pico = Pico(voice, command or _COMMAND)
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
        self._child: Child | None = None
        self._turn = trio.Lock()  # the child says one text at a time

    def own_speed(self, wanted: float) -> float:  # noqa: ARG002 # it has only one
        return 1.0

    @trio.as_safe_channel
    async def speak(self, passage: Passage) -> AsyncGenerator[bytes, None]:
        """PCM at 16 kHz; nothing for a text in which there is nothing to say.

        Raises `Unavailable` without the voice's files, and when the child dies.
        """
        sayable = clean(passage.text)
        if not sayable:
            return
        async with self._turn:
            child = await self._alive()
            finished = False
            try:
                with trio.fail_after(ANSWER_WITHIN):
                    await _send(child, sayable)
                # the deadline is the child's: whoever plays this may take minutes
                while pcm := await _next(child):
                    yield pcm
                finished = True
            except (trio.TooSlowError, trio.BrokenResourceError, OSError) as exc:
                raise Unavailable(f"the embedded voice gave up: {exc!r}") from exc
            finally:
                if not finished:
                    # what it still has to say is no answer to the next text
                    await self.aclose()

    async def _alive(self) -> Child:
        if self._child is not None and self._child.process.poll() is not None:
            await self.aclose()
        if self._child is None:
            folder = models.folder("pico")
            self._child = await _start([*self._command, str(folder), self._voice])
        return self._child

    async def aclose(self) -> None:
        """End the child at once; the next text starts another."""
        child, self._child = self._child, None
        if child is not None:
            await child.aclose()


async def _start(command: Sequence[str]) -> Child:
    with translating({OSError: Unavailable}, "the embedded voice cannot start: "):
        process = await trio.lowlevel.open_process(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("we asked for both pipes")
    return Child(process, process.stdin, process.stdout)


async def _send(child: Child, text: str) -> None:
    content = text.encode()
    await child.texts.send_all(struct.pack("<I", len(content)) + content)


async def _next(child: Child) -> bytes:
    """The next piece of sound; empty at the end of the text."""
    with trio.fail_after(ANSWER_WITHIN):
        return await _receive(child)


async def _receive(child: Child) -> bytes:
    (length,) = struct.unpack("<I", await _exactly(child, 4))
    if length > LARGEST:
        raise Unavailable("the embedded voice is out of step")
    return await _exactly(child, length)


async def _exactly(child: Child, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        more = await child.sound.receive_some(count - len(found))
        if not more:
            raise Unavailable(await _why_ended(child))
        found += more
    return bytes(found)


async def _why_ended(child: Child) -> str:
    with trio.move_on_after(1):  # it closed its end of the pipe: it is about to
        await child.process.wait()
    if child.process.returncode == picochild.NO_ENGINE:
        return "the embedded voice needs ttspico, which is not installed"
    return "the embedded voice ended unexpectedly; it is started again"


def clean(text: str) -> str:
    """*text* as Pico can take it: no markup, no control characters, Latin letters.

    Pico's own lexicon reads numbers and abbreviations; what it has no sound for
    would be silence. A NUL would crash it, and so do a hundred digits in a row: no
    word is longer than `LONGEST_WORD`.
    """
    paused = _PAUSE.sub(", ", text.translate(_MARKUP))
    plain = unicodedata.normalize("NFKC", paused)
    kept = "".join(c if _sayable(c) else " " for c in plain)
    words = _LONG.sub(r"\1 ", " ".join(kept.split()))
    return words if any(c.isalnum() for c in words) else ""


def _sayable(character: str) -> bool:
    return (
        character.isprintable() and ord(character) < 0x250
    ) or character in "’‘“”–—…€"
