"""A bundled recording, for `tonny-agent demo` and for measuring."""

from pathlib import Path

QUESTION = Path(__file__).with_name("question.wav")
"""Three questions with pauses in which they are answered; 16 kHz, mono."""
