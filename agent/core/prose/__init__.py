"""What can be said of Markdown: its marks go, its words stay."""

import re
from typing import NamedTuple

from agent.core.prose.marks import (
    ADDRESS,
    BREAKS,
    ESCAPED,
    FENCE,
    HEADING,
    ITEM,
    ITEM_SO_FAR,
    LEAD,
    LINK,
    LINK_SO_FAR,
    LOOKED_AT,
    MARK,
    NOTE,
    RULE,
    RULE_SO_FAR,
    STOPS,
    TABLE_RULE,
    TAG,
    TAG_SO_FAR,
    UNSAID,
    bare,
    is_no_emphasis,
    line_of,
)


class _Step(NamedTuple):
    """So many characters are *used*, and this is *said* of them."""

    used: int
    said: str = ""


class Prose:
    """Feed it Markdown as it comes; it gives the words as soon as they are plain.

    Blocks of code, rules, HTML tags, notes and what a model thinks to itself
    (``<think>``) are left out; of a link its text is said, of a table its cells. A
    heading and an item of a list are sentences of their own. However the text is cut
    into pieces, what comes of it is the same; plain words are not changed.
    """

    def __init__(self) -> None:
        self._rest = ""  # what cannot be judged yet
        self._fresh = True  # at the beginning of a line
        self._before = ""  # the character before
        self._ending = ""  # the last one that was no space
        self._closes = False  # the line is to end with a stop
        self._fence = ""  # the block of code that we are in ends with this
        self._tag = ""  # nothing is said until this one closes

    def feed(self, text: str) -> str:
        """What can be said by now."""
        self._rest += text.replace("\r", "")
        return self._said(final=False)

    def flush(self) -> str:
        """What is left, when no more text comes."""
        return self._said(final=True) + self._stop()

    def _said(self, *, final: bool) -> str:
        said: list[str] = []
        text, at = self._rest, 0
        while at < len(text):
            step = self._step(text, at, final=final)
            if step is None:
                break
            at += step.used
            if step.said:
                said.append(step.said)
                self._before = step.said[-1]
                self._ending = step.said.rstrip()[-1:] or self._ending
        self._rest = text[at:]
        return "".join(said)

    def _step(self, text: str, at: int, *, final: bool) -> _Step | None:
        """What begins at *at*; None while what is yet to come decides what it is."""
        if self._tag:
            return self._hidden(text, at, final=final)
        if self._fence:
            return self._code(text, at, final=final)
        if self._fresh:
            return self._line(text, at, final=final)
        return self._inline(text, at, final=final)

    def _hidden(self, text: str, at: int, *, final: bool) -> _Step | None:
        close = re.compile(rf"</{self._tag}[ \t\n]*>", re.IGNORECASE)
        if end := close.search(text, at):
            self._tag = ""
            return _Step(end.end() - at)
        if final:
            return _Step(len(text) - at)
        open_end = text.rfind("<", at)
        used = (open_end if open_end >= 0 else len(text)) - at
        return _Step(used) if used else None

    def _code(self, text: str, at: int, *, final: bool) -> _Step | None:
        line = line_of(text, at, final=final)
        if line is None:
            return None
        if line.strip(" \t>\n").startswith(self._fence):
            self._fence = ""
        return _Step(len(line))

    def _line(self, text: str, at: int, *, final: bool) -> _Step | None:
        """Its marks, if it begins with any."""
        if lead := LEAD.match(text, at):
            return _Step(len(lead[0]))
        match text[at]:
            case "\n":
                return _Step(1, "\n")
            case "`" | "~" as mark:
                return self._fenced(text, at, mark, final=final)
            case "|":
                return self._row(text, at, final=final)
            case "#":
                return self._heading(text, at, final=final)
            case _:
                return self._item(text, at, final=final)

    def _plain(self, used: int = 0) -> _Step:
        """The rest of the line has no more marks of a line."""
        self._fresh = False
        return _Step(used)

    def _fenced(self, text: str, at: int, mark: str, *, final: bool) -> _Step | None:
        opening = text[at : at + 3]
        if opening == mark * len(opening) and len(opening) < 3 and not final:
            return None
        if opening != mark * 3:
            return self._plain()
        line = line_of(text, at, final=final)
        if line is None:
            return None
        if fence := FENCE.match(line):
            self._fence = fence[0]
            return _Step(len(line))
        return self._plain()

    def _row(self, text: str, at: int, *, final: bool) -> _Step | None:
        line = line_of(text, at, final=final)
        if line is None:
            return None
        if TABLE_RULE.fullmatch(line.rstrip("\n")):
            return _Step(len(line))
        cells = [bare(cell.strip()) for cell in line.strip().strip("|").split("|")]
        said = ", ".join(cell for cell in cells if cell)
        return _Step(len(line), f"{said}.\n\n" if said else "")

    def _heading(self, text: str, at: int, *, final: bool) -> _Step | None:
        if not final and not text[at:].strip("#"):
            return None if len(text) - at <= 6 else self._plain()
        heading = HEADING.match(text, at)
        self._closes = heading is not None
        return self._plain(len(heading[0]) if heading else 0)

    def _item(self, text: str, at: int, *, final: bool) -> _Step | None:
        if line := RULE_SO_FAR.match(text, at):
            ends = line.end() == len(text)
            if ends and not final and len(line[0]) < LOOKED_AT:
                return None
            if (ends or text[line.end()] == "\n") and RULE.fullmatch(line[0]):
                return _Step(len(line[0]))
        if not final and ITEM_SO_FAR.fullmatch(text, at):
            return None
        item = ITEM.match(text, at)
        self._closes = item is not None
        return self._plain(len(item[0]) if item else 0)

    def _inline(self, text: str, at: int, *, final: bool) -> _Step | None:
        mark = MARK.search(text, at)
        if mark is None:
            return _Step(len(text) - at, text[at:])
        if mark.start() > at:
            return _Step(mark.start() - at, text[at : mark.start()])
        following = text[mark.end() : mark.end() + 1]
        match mark[0][0]:
            case "\n":
                return self._line_break()
            case "[":
                return self._link(text, at, final=final)
            case "<":
                return self._markup(text, at, final=final)
            case "!" if self._before.strip():
                return _Step(1, "!")
            case _ if not (following or final):
                return None
            case "!":
                return _Step(1, "" if following == "[" else "!")
            case "\\":
                escaped = following and following in ESCAPED
                return _Step(2, following) if escaped else _Step(1)
            case _:
                stays = is_no_emphasis(self._before, mark[0], following)
                return _Step(len(mark[0]), mark[0] if stays else "")

    def _line_break(self) -> _Step:
        said = f"{self._stop()}\n\n" if self._closes else "\n"
        self._fresh, self._closes = True, False
        return _Step(1, said)

    def _stop(self) -> str:
        wanted = self._closes and self._ending and self._ending not in STOPS
        return "." if wanted else ""

    def _link(self, text: str, at: int, *, final: bool) -> _Step | None:
        end = at + LOOKED_AT
        if not final and len(text) < end and LINK_SO_FAR.fullmatch(text, at):
            return None
        link = LINK.match(text, at, end)
        if link is not None and link[2]:
            return _Step(len(link[0]), bare(link[1]))
        if link is not None and NOTE.fullmatch(link[1]):
            return _Step(len(link[0]))
        return _Step(1, "[")

    def _markup(self, text: str, at: int, *, final: bool) -> _Step | None:
        end = at + LOOKED_AT
        tag = TAG.match(text, at, end)
        if tag is None:
            goes_on = not final and len(text) < end and TAG_SO_FAR.fullmatch(text, at)
            return None if goes_on else _Step(1, "<")
        if unsaid := UNSAID.match(tag[1]):
            self._tag = unsaid[1]
        if ADDRESS.match(tag[1]):
            return _Step(len(tag[0]), tag[1])
        return _Step(len(tag[0]), " " if BREAKS.match(tag[1]) else "")
