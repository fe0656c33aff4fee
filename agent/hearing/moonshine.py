"""The embedded recogniser: Moonshine tiny (English) on onnxruntime.

Model and tokenizer: © Useful Sensors, MIT licence, as published in the
moonshine-voice package. An utterance becomes text in one encoder pass and one
few decoder passes a word; about 0.04 s of CPU time per second of speech.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial as later
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import trio

from agent import models
from agent.errors import Refused, Unavailable, translating
from agent.ports import RATE, Transcript, Utterance

if TYPE_CHECKING:
    from agent.hearing.moonshine_model import MoonshineModel

PARTIAL_EVERY = 0.8
"""Seconds of new audio between two partial transcripts."""

MUTTERED = frozenset({"", "you"})
"""What the networks say, and with conviction (up to 0.94), to a click, a breath, noise
or silence. Nobody asks that alone: it is heard with a confidence of nothing."""

LANGUAGES = ("en", "auto")

Result = TypeVar("Result")


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
        with translating({ImportError: Unavailable}, "no onnxruntime here: "):
            model = await self._run(lambda: self._loaded(files))
        # One slot, without content: who was busy meanwhile takes what there is now.
        grown, growths = trio.open_memory_channel[None](1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow, model, utterance, growths, partial)
            size = known = 0
            async for chunk in utterance.chunks():
                size += len(chunk)
                if size >= known + PARTIAL_EVERY * 2 * RATE:
                    known = size
                    with suppress(trio.WouldBlock):
                        grown.send_nowait(None)
            # A partial text that is late would only delay the final one.
            nursery.cancel_scope.cancel()
        text, confidence = await self._recognise(model, utterance.pcm)
        return Transcript(text, "en", 0.0 if muttered(text) else confidence)

    async def _follow(
        self,
        model: "MoonshineModel",
        utterance: Utterance,
        growths: trio.abc.ReceiveChannel[None],
        partial: Callable[[str], None],
    ) -> None:
        told = ""
        async for _ in growths:
            text, _ = await self._recognise(model, utterance.pcm)
            if not muttered(text) and text != told:
                told = text
                partial(text)

    async def _recognise(
        self, model: "MoonshineModel", pcm: bytes
    ) -> tuple[str, float]:
        return await self._run(
            later(model.transcribe, pcm, trio.from_thread.check_cancelled)
        )

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await trio.to_thread.run_sync(work, limiter=self._thread)

    def _loaded(self, files: Path) -> "MoonshineModel":
        # onnxruntime costs 20 MB: only when there is something to recognise.
        from agent.hearing.moonshine_model import MoonshineModel

        if self._model is None:
            self._model = MoonshineModel(files)
        return self._model


def muttered(text: str) -> bool:
    """Whether *text* is only what the networks make of a sound that is no speech."""
    return text.strip(" .,!?…").lower() in MUTTERED
