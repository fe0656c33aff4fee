"""The conversation on a terminal, as it happens."""

import sys
from typing import TextIO

import trio

from agent.events import (
    AudioDropped,
    Dismissed,
    Entry,
    Event,
    Heard,
    Lost,
    Overheard,
    Postponed,
    Ready,
    Replied,
    Timed,
    Unanswered,
    Unheard,
    Unspoken,
)
from agent.wire import encode


async def show_json(entries: trio.abc.ReceiveChannel[Entry]) -> None:
    """Every event, one JSON object a line, as journalled."""
    async for entry in entries:
        sys.stdout.buffer.write(encode(entry) + b"\n")
        sys.stdout.buffer.flush()


class Screen:
    """Partial transcripts are overwritten in place on a terminal, and left out of a
    file or pipe, where every line stays."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._partial = ""

    async def show(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        async for entry in entries:
            if isinstance(entry.event, Overheard):
                self._overwrite(entry.event.text)
            elif (text := line(entry.event)) is not None:
                self._write(text)

    def _overwrite(self, text: str) -> None:
        if not self._live:
            self._write(f"   … {text}")
            return
        self._clear()
        self._partial = f"   … {text}"[-_columns() :]
        self._out.write(self._partial)
        self._out.flush()

    def _write(self, text: str) -> None:
        self._clear()
        self._out.write(text + "\n")
        self._out.flush()

    def _clear(self) -> None:
        if self._partial:
            self._out.write("\r\x1b[K")
            self._partial = ""


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns - 1


def line(event: Event) -> str | None:
    """*event* as a line for people, or None if it is not worth one."""
    match event:
        case Ready("microphone", detail):
            return f"listening to {detail} (Ctrl-C ends)"
        case Lost(retry_in=None):
            return None  # it ends the program, whose last words are these
        case Lost(name, reason, float(retry_in)):
            when = f"in {retry_in:.0f} s" if retry_in >= 1 else "at once"
            return f"  ! {name}: {reason}; next try {when}"
        case Heard(text=text, confidence=None):
            return f"You:   {text}"
        case Heard(text=text, confidence=float(confidence)):
            return f"You:   {text}   ({confidence:.0%})"
        case Replied(text=text, late=late):
            return f"Tonny: {text}{'   (too late to say)' if late else ''}"
        case Postponed(reason=reason):
            return f"  ! kept for later: {reason}"
        case Unanswered(reason=reason):
            return f"  ! no answer: {reason}"
        case Unheard(reason=reason):
            return f"  ! not understood: {reason}"
        case Unspoken(reason=reason):
            return f"  ! not spoken: {reason}"
        case AudioDropped(seconds):
            return f"  ! {seconds:.1f} s of audio were lost: transcription is too slow"
        case Dismissed(reason=reason):
            return f"   (a sound: {reason})"
        case Timed():
            return _timing(event)
        case _:
            return None


def _timing(timed: Timed) -> str | None:
    stages = {
        "transcript": timed.transcript,
        "request": timed.request,
        "answer": timed.first_answer,
        "voice": timed.first_audio,
        "sound": timed.first_sample,
    }
    told = [f"{name} {at * 1000:.0f}" for name, at in stages.items() if at is not None]
    return f"       [turn {timed.turn}: {' · '.join(told)} ms]" if told else None
