"""A bundled recording, for `tonny-agent demo`, for tests of a recogniser, and for
measuring."""

import re
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


def is_clip(heard: str) -> bool:
    """Whether *heard* is what is said in it: most words, for recognisers differ."""
    words = [set(re.findall(r"\w+", text.casefold())) for text in (heard, CLIP_TEXT)]
    return len(words[0] & words[1]) * 2 > len(words[1])
