"""The embedded recogniser: Moonshine tiny (English) on onnxruntime.

Model and tokenizer: © Useful Sensors, MIT licence, as published in the
moonshine-voice package. An utterance becomes text in one encoder pass and one
few decoder passes a word; about 0.04 s of CPU time per second of speech.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from agent import models
from agent.errors import Refused
from agent.ports import RATE, Transcript, Utterance

if TYPE_CHECKING:
    from agent.hearing.moonshine_model import MoonshineModel

PARTIAL_EVERY = 0.8
"""Seconds of new audio between two partial transcripts."""

MUTTERED = frozenset({"", "you"})
"""What the networks say, and with conviction (up to 0.94), to a click, a breath, noise
or silence. Nobody asks that alone: it is heard with a confidence of nothing."""

LANGUAGES = ("en", "auto")


class Moonshine:
    """Satisfies `agent.ports.Transcriber`; loaded when it is first needed."""

    name = "moonshine"

    def __init__(self, language: str) -> None:
        self._language = language
        self._model: MoonshineModel | None = None
        # One thread of our own: a session serves one call at a time, and may not
        # take a thread that name look-ups in a black hole hold for minutes.
        self._thread = trio.CapacityLimiter(1)

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        """Raises `Refused` for another language, `Unavailable` without its files."""
        if self._language not in LANGUAGES:
            raise Refused(
                f"the embedded recogniser knows English only, and stt.language is"
                f' "{self._language}"; a WhisperLiveKit server knows more (stt.url)'
            )
        files = models.folder("moonshine-tiny-en")
        told, known = "", 0.0
        async for _ in utterance.chunks():
            seconds = len(utterance.pcm) / (2 * RATE)
            if utterance.finished or seconds < known + PARTIAL_EVERY:
                continue
            known = seconds
            text, _ = await self._recognise(files, utterance.pcm)
            if not muttered(text) and text != told and not utterance.finished:
                told = text
                partial(text)
        text, confidence = await self._recognise(files, utterance.pcm)
        return Transcript(text, "en", 0.0 if muttered(text) else confidence)

    async def _recognise(self, files: Path, pcm: bytes) -> tuple[str, float]:
        def recognise() -> tuple[str, float]:
            # onnxruntime costs 20 MB: only when there is something to recognise.
            from agent.hearing.moonshine_model import MoonshineModel

            if self._model is None:
                self._model = MoonshineModel(files)
            return self._model.transcribe(pcm)

        return await trio.to_thread.run_sync(recognise, limiter=self._thread)


def muttered(text: str) -> bool:
    """Whether *text* is only what the networks make of a sound that is no speech."""
    return text.strip(" .,!?…").lower() in MUTTERED
