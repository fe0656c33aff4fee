"""A sentence through the speaker and back through the microphone."""

import time
from functools import partial
from pathlib import Path

import msgspec
import trio

from agent.app.patient import Patient
from agent.app.voices import open_voices, to_no_one
from agent.config import Config
from agent.errors import Misconfigured
from agent.ports import RATE, Microphone, Passage, Speaker, Voice

_BEFORE, _AFTER = 0.5, 1.0
"""Seconds to listen to the room alone, and for the last of an echo."""

_BLOCK = RATE // 50


class Loop(msgspec.Struct, frozen=True):
    """What came of it: times in milliseconds, from the moment when the sound was
    handed to the speaker; levels in dBFS, and *echo_db* relative to what was sent."""

    microphone: str
    speaker: str
    heard: bool
    noise_dbfs: float
    delay_ms: float | None = None
    level_dbfs: float | None = None
    echo_db: float | None = None


async def loop_back(
    text: str, config: Config, folder: Path, microphone: Microphone, speaker: Speaker
) -> Loop:
    """Say *text*, and look for it in what is heard meanwhile.

    Raises `Unavailable` without a voice, a speaker or a microphone, and `Misconfigured`
    where a file plays the part of one (it does not hear, or is not heard), and for a
    text that sounds like nothing.
    """
    if not (microphone.live and speaker.audible):
        raise Misconfigured(
            "a file hears nothing of what is said, and nobody hears a file: give devices"
            " with --microphone and --speaker"
        )
    async with open_voices(config, folder, to_no_one) as voices:
        sent = await voices.ladder.first(partial(_spoken, text))
    if not sent[0].strip(b"\0"):
        raise Misconfigured(f'"{text}" sounds like nothing: give something to say')
    tape = Tape()
    async with (
        Patient(microphone).open(_BLOCK, tape.hear, lambda: True) as listening,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(listening.ended)  # raises when it goes away
        await trio.sleep(_BEFORE)
        began = time.monotonic()
        await speaker.play(*sent)
        await speaker.drain()
        await trio.sleep(_AFTER)
        nursery.cancel_scope.cancel()
    names = microphone.name, speaker.name
    return await trio.to_thread.run_sync(_looked_for, *sent, tape, began, names)


class Tape:
    """All that was heard, since *begun* (monotonic)."""

    def __init__(self) -> None:
        self.begun = 0.0
        self.pcm = bytearray()

    def hear(self, frame: bytes) -> None:
        """In the microphone's thread."""
        if not self.pcm:
            self.begun = time.monotonic() - len(frame) / (2 * RATE)
        self.pcm += frame


async def _spoken(text: str, voice: Voice) -> tuple[bytes, int]:
    async with voice.speak(Passage(text)) as chunks:
        return b"".join([pcm async for pcm in chunks]), voice.rate


def _looked_for(
    pcm: bytes, rate: int, tape: Tape, began: float, names: tuple[str, str]
) -> Loop:
    from agent.hearing.returns import find, loudness
    from agent.speaking.speakers.resample import Resampler

    resampler = Resampler(RATE)
    sent = resampler.feed(pcm, rate) + resampler.flush()
    at = max(0, 2 * round(RATE * (began - tape.begun)))
    found = find(sent, bytes(tape.pcm[at:]))
    noise = round(loudness(bytes(tape.pcm[:at])), 1)
    if found is None:
        return Loop(*names, heard=False, noise_dbfs=noise)
    return Loop(
        *names,
        heard=True,
        noise_dbfs=noise,
        delay_ms=round(1000 * found.delay, 1),
        level_dbfs=round(found.level, 1),
        echo_db=round(found.gain, 1) + 0.0,  # not -0.0
    )
