"""Servers that play the parts of WhisperLiveKit, n8n and ElevenLabs, on loopback."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]


def standing_in(stack: ExitStack) -> dict[str, str]:
    """Start all three in a process of their own, which ends when *stack* closes.

    Returns the environment that makes Tonny use them; they listen already.
    """
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-m", "tests.standins"],
            cwd=ROOT,
            stdin=subprocess.PIPE,  # closed first when the stack closes: that ends it
            stdout=subprocess.PIPE,
        )
    )
    assert process.stdout is not None
    return msgspec.json.decode(process.stdout.readline(), type=dict[str, str])
