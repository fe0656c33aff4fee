"""Subtitles: SubRip (.srt) and WebVTT (.vtt), one cue after the other.

SubRip never had a specification; this is the form that every player reads. WebVTT is
the W3C's: https://www.w3.org/TR/webvtt1/. In both an empty line ends a cue, so a text
is never allowed to hold one.
"""

import textwrap
from collections.abc import Callable
from itertools import count
from typing import TypeAlias
from unicodedata import east_asian_width

WEBVTT = "WEBVTT\n\n"
"""How a WebVTT file begins."""

WIDTH = 42
"""Columns of a line, as broadcasters have it; a wide (Chinese, Japanese, Korean)
character takes two."""

Cue: TypeAlias = Callable[[float, float, str], str]
"""Writes one cue, its empty line included: from, to (seconds), and what is said."""

_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], " ")


def plain(text: str) -> str:
    """*text* on one line, without what could end the line or steer a terminal."""
    return " ".join(text.translate(_CONTROLS).split())


def srt() -> Cue:
    """A writer of one SubRip file, which numbers its cues from 1."""
    numbers = count(1)

    def cue(start: float, end: float, text: str) -> str:
        # There is no way to escape what would read as a line of times.
        lines = wrapped(plain(text).replace("-->", "→"))
        return f"{next(numbers)}\n{_times(start, end, ',')}\n{_joined(lines)}\n"

    return cue


def vtt() -> Cue:
    """A writer of one WebVTT file, which begins with `WEBVTT`."""

    def cue(start: float, end: float, text: str) -> str:
        lines = [_escaped(line) for line in wrapped(plain(text))]
        return f"{_times(start, end, '.')}\n{_joined(lines)}\n"

    return cue


def wrapped(text: str) -> list[str]:
    """*text* in as few lines as it needs, all of about the same length. Only a word
    that is longer than a line is broken."""
    widest = WIDTH // 2 if _is_wide(text) else WIDTH
    fewest = _wrap(text, widest)
    for width in range(-(-len(text) // max(1, len(fewest))), widest):
        lines = _wrap(text, max(1, width))
        if len(lines) == len(fewest):
            return lines
    return fewest


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _is_wide(text: str) -> bool:
    return 2 * sum(east_asian_width(c) in "WF" for c in text) > len(text)


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _escaped(line: str) -> str:
    """As the text of a WebVTT cue; without ">" it cannot hold an arrow either."""
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _times(start: float, end: float, mark: str) -> str:
    """Both times; a cue that ends no later than it begins would not be shown."""
    first = round(start * 1000)
    last = max(first + 1, round(end * 1000))
    return f"{_time(first, mark)} --> {_time(last, mark)}"


def _time(milliseconds: int, mark: str) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{thousandths:03}"
