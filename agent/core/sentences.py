"""Cuts text that arrives in pieces into sentences that can be spoken one by one."""

import re
from collections.abc import Iterator

SHORTEST = 20
"""Characters; a shorter sentence is said together with the next one."""

LONGEST = 300
"""Characters; more are cut at a clause, else between words, else anywhere."""

_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof rev st jr sr inc ltd co corp vs etc approx fig no nos vol"
    " dept est min max gen col sgt capt lt hon mt ave blvd rd jan feb mar apr jun"
    " jul aug sep sept oct nov dec e.g i.e a.m p.m u.s u.k".split()
)
_TWELVE_HOURS = frozenset({"a.m", "p.m"})

_END = re.compile(r"[.!?…。！？]+[\"'”’)\]]*(?=\s)|\n\s*\n|[。！？]")
_CLAUSE = re.compile(r"[,;:—–][\"'”’)\]]*\s")


class Sentences:
    """Feed it text as it comes; it yields each sentence once the next one begins.

    Nothing but white space is lost or changed, and however the text is cut into
    pieces, the sentences are the same.
    """

    def __init__(self) -> None:
        self._text = ""

    def feed(self, text: str) -> Iterator[str]:
        """The sentences that are complete now."""
        self._text += text
        while (cut := self._cut()) is not None:
            sentence, self._text = _tidy(self._text[:cut]), self._text[cut:].lstrip()
            if sentence:
                yield sentence

    def flush(self) -> Iterator[str]:
        """What is left when no more text comes."""
        yield from self.feed("")
        rest, self._text = _tidy(self._text), ""
        if rest:
            yield rest

    def _cut(self) -> int | None:
        """Where the first sentence ends, if that can be told yet."""
        for end in _END.finditer(self._text[: LONGEST + 2]):
            cut = end.end()
            following = self._text[cut:].lstrip()
            if cut > LONGEST:
                break
            if not following:
                return None  # what follows decides
            if cut >= SHORTEST and _ends(self._text[:cut], following):
                return cut
        if len(self._text) <= LONGEST + 1:
            return None
        return _forced(self._text[:LONGEST])


def _ends(sentence: str, following: str) -> bool:
    """Whether a stop after *sentence* is its end, and not that of an abbreviation."""
    if not sentence.endswith("."):
        return True
    word = sentence[:-1].rpartition(" ")[2].lstrip("(\"'“‘").lower()
    if word in _TWELVE_HOURS:
        return following[0].isupper()
    initial = len(word) == 1 and word.isalpha() and word != "i"
    return not (word in _ABBREVIATIONS or initial)


def _forced(text: str) -> int:
    """The best place to cut *text*, which is too long already."""
    clauses = [clause.end() for clause in _CLAUSE.finditer(text)]
    if clauses and clauses[-1] >= SHORTEST:
        return clauses[-1]
    spaces = [space.start() for space in re.finditer(r"\s", text)]
    if spaces and spaces[-1] >= SHORTEST:
        return spaces[-1]
    return len(text)


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
