"""What Markdown's marks look like, whole, and as far as they have come."""

import re

LOOKED_AT = 2000
"""Characters; a line, a link or a tag that is longer is taken for plain text."""

LEAD = re.compile(r"[ \t>]+")
RULE = re.compile(r"([-*_=])(?:[ \t]*\1){2,}[ \t]*")
RULE_SO_FAR = re.compile(rf"[-*_=+•][-*_= \t]{{0,{LOOKED_AT}}}")
HEADING = re.compile(r"#{1,6}(?=[ \t\n])")
ITEM = re.compile(r"(?:[-*+•][ \t]+)+(?:\[[ xX]\][ \t])?")
ITEM_SO_FAR = re.compile(r"(?:[-*+•][ \t]+)+(?:\[(?:[ xX]\]?)?)?")
FENCE = re.compile(r"`{3,}(?![^\n]*`)|~{3,}")
TABLE_RULE = re.compile(r"[ \t|:-]*-[ \t|:-]*")

MARK = re.compile(r"\n|\*+|_+|~+|`+|\\|!|\[|<")
LINK = re.compile(
    r"\[([^\[\]\n]*)\](\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])?"
)
LINK_SO_FAR = re.compile(
    r"\[[^\[\]\n]*(?:\](?:\([^()\n]*(?:\([^()\n]*\)?[^()\n]*)*|\[[^\[\]\n]*)?)?"
)
NOTE = re.compile(r"\^.*|\d{1,3}")  # a footnote, or a source
TAG = re.compile(r"<(!--[^\n]*?--|/?[A-Za-z][^<>\n]*)>")
TAG_SO_FAR = re.compile(r"<(?:!(?:-(?:-[^\n]*)?)?|/?(?:[A-Za-z][^<>\n]*)?)")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z+.-]*:|[^\s@]+@")
BREAKS = re.compile(r"/?(?:br|p|div|li|td|th|tr|hr|h[1-6])\b", re.IGNORECASE)
UNSAID = re.compile(r"(think|thinking|script|style)\b", re.IGNORECASE)
EMPHASIS = re.compile(r"[*`]|~~|(?<!\w)_+|_+(?!\w)")

ESCAPED = "\\`*_{}[]()#+-.!|~<>\"'"
STOPS = ".!?:;,…。！？：；，、"


def line_of(text: str, at: int, *, final: bool) -> str | None:
    """The line with its break, as far as it is looked at; None until it is known."""
    end = text.find("\n", at, at + LOOKED_AT)
    if end < 0 and not final and len(text) < at + LOOKED_AT:
        return None
    return text[at : end + 1] if end >= 0 else text[at : at + LOOKED_AT]


def is_no_emphasis(before: str, mark: str, following: str) -> bool:
    """Whether it is arithmetic, a name or an approximation."""
    if mark[0] in "~`":
        return mark == "~"
    if not (before.strip() or following.strip()):
        return True
    if mark == "*":
        return before.isdigit() and following.isdigit()
    return mark[0] == "_" and before.isalnum() and following.isalnum()


def bare(text: str) -> str:
    """Without emphasis."""
    return EMPHASIS.sub("", text)
