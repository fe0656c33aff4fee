"""What is said in a recording, in one of four forms, as it comes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO, TypeAlias

import msgspec

from agent.core.captions import WEBVTT, srt, vtt
from agent.errors import Misconfigured, translating

if TYPE_CHECKING:
    from agent.app.transcription import Segment

Format: TypeAlias = Literal["text", "json", "srt", "vtt"]
Write: TypeAlias = Callable[["Segment"], None]

SUFFIX: dict[Format, str] = {
    "text": ".txt",
    "json": ".json",
    "srt": ".srt",
    "vtt": ".vtt",
}


@contextmanager
def written(place: Path, form: Format) -> Iterator[Write]:
    """To a file of its own; raises `Misconfigured` when that cannot be written."""
    prefix = f'"{place}" cannot be written: '
    with translating({OSError: Misconfigured}, prefix):
        place.parent.mkdir(parents=True, exist_ok=True)
        out = place.open("w", encoding="utf-8", newline="\n")
    with out, writing(out, form) as write:
        yield write


@contextmanager
def writing(out: TextIO, form: Format) -> Iterator[Write]:
    """To *out*: each segment when it comes, and the end whatever has ended it."""
    begin, one, end = _shape(form)

    def write(segment: "Segment") -> None:
        out.write(one(segment))
        out.flush()

    out.write(begin)
    try:
        yield write
    finally:
        out.write(end)


def _shape(form: Format) -> tuple[str, Callable[["Segment"], str], str]:
    """How a text begins, a segment of it, and how it ends."""
    match form:
        case "json":
            before = chain(["\n"], repeat(",\n"))
            return (
                "[",
                lambda s: next(before) + msgspec.json.encode(s).decode(),
                "\n]\n",
            )
        case "srt" | "vtt":
            cue = srt() if form == "srt" else vtt()
            begin = "" if form == "srt" else WEBVTT
            return begin, lambda s: cue(s.start, s.end, s.text), ""
        case "text":
            return "", lambda s: s.text + "\n", ""
