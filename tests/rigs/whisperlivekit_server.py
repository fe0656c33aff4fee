"""The real WhisperLiveKit 0.2.26 with a small recogniser plugged in.

Run by a Python that has it: ``python -m tests.rigs.whisperlivekit_server MODEL-FOLDER``
and then the flags of ``whisperlivekit-server``. All but the recogniser is theirs.
"""

import importlib
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from tests.rigs import torchless
from tests.rigs.tinyear import TinyEar

RATE = 16_000
PARTIAL_EVERY = RATE // 2


class Engine:
    """What the server shares among its sessions."""

    sep = ""
    backend_choice = "moonshine"

    def __init__(self, folder: Path) -> None:
        self._ear = TinyEar(folder)
        self._turn = threading.Lock()

    def hear(self, samples: np.ndarray[Any, Any]) -> str:
        with self._turn:
            return self._ear.hear(samples)


class Online:
    """One session's recogniser, as the server's audio processor calls it."""

    SAMPLING_RATE = RATE

    def __init__(self, engine: Engine) -> None:
        self.asr = engine
        self.end = 0.0
        self._forget()

    def _forget(self) -> None:
        self.audio_buffer = np.zeros(0, np.float32)
        self._begin: float | None = None
        self._guess, self._guessed = "", 0

    def insert_audio_chunk(self, audio: np.ndarray[Any, Any], end: float) -> None:
        if self._begin is None:
            self._begin = end - len(audio) / RATE
        self.audio_buffer = np.append(self.audio_buffer, audio)
        self.end = end

    def process_iter(self, is_last: bool = False) -> tuple[list[Any], float]:
        if len(self.audio_buffer) - self._guessed >= PARTIAL_EVERY:
            self._guessed = len(self.audio_buffer)
            self._guess = self.asr.hear(self.audio_buffer)
        return [], self.end

    def get_buffer(self) -> Any:
        timed = importlib.import_module("whisperlivekit.timed_objects")
        if not self._guess:
            return timed.Transcript(None, None, "")
        return timed.Transcript(self._begin, self.end, f" {self._guess}")

    def finish(self) -> tuple[list[Any], float]:
        """Commit what has been said, its words spread evenly over the time."""
        timed = importlib.import_module("whisperlivekit.timed_objects")
        words = self.asr.hear(self.audio_buffer).split()
        begin = self._begin or 0.0
        each = (self.end - begin) / max(1, len(words))
        tokens = [
            timed.ASRToken(begin + n * each, begin + (n + 1) * each, f" {word}")
            for n, word in enumerate(words)
        ]
        self._forget()
        return tokens, self.end

    start_silence = finish

    def new_speaker(self, change: object) -> tuple[list[Any], float]:
        return self.finish()

    def end_silence(self, duration: float | None, offset: float) -> None:
        self.end += duration or 0.0


def main(folder: Path, flags: list[str]) -> None:
    torchless.install()
    core = importlib.import_module("whisperlivekit.core")
    processor = importlib.import_module("whisperlivekit.audio_processor")
    vars(core)["backend_factory"] = lambda **_: Engine(folder)
    for module in (core, processor):
        vars(module)["online_factory"] = lambda _, engine, *__, **___: Online(engine)
    policy = ["--backend-policy", "localagreement", "--backend", "faster-whisper"]
    sys.argv = ["whisperlivekit-server", *policy, *flags]
    importlib.import_module("whisperlivekit.basic_server").main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
