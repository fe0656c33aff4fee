"""A bundled recording, for `tonny-agent demo`, for tests of a recogniser, and for
measuring."""

import wave
from pathlib import Path

QUESTION = Path(__file__).with_name("question.wav")
"""Three questions with pauses in which they are answered; 16 kHz, mono."""

CLIP = (9.75, 12.75)
"""Where the longest of them is, in seconds."""

CLIP_TEXT = "Please remind me to water the plants tomorrow."


def read_clip() -> bytes:
    """The longest of the questions: PCM (16 kHz, mono, s16le)."""
    with wave.open(str(QUESTION)) as file:
        begin, end = (round(at * file.getframerate()) for at in CLIP)
        file.setpos(begin)
        pcm: bytes = file.readframes(end - begin)
    return pcm
