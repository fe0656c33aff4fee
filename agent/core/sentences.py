"""Cuts text that arrives in pieces into sentences that can be spoken one by one."""

import re

SHORTEST = 20
"""Characters; a shorter sentence is said together with the next one."""

LONGEST = 300
"""Characters; more are cut at a clause, else between words, else anywhere."""

CLAUSE = 25
"""Characters; so long is a clause that is said ahead of its sentence, and so long is
what remains of the sentence, at least."""

_AT_ONCE = 1000  # characters looked at together, so that long texts take linear time

_CLOSING = "\"'”’»)]」』"
_OPENING = "\"'“‘«(["
_CLOSERS = re.escape(_CLOSING)
_STOPS = ".!?…。！？"
_CJK_STOPS = "。！？"
_END = re.compile(
    # A run of stops is looked at once, or thousands of them would take minutes.
    rf"(?<![{_STOPS}])[{_STOPS}]++(?:[{_CLOSERS}]*+(?=\s)"
    # In Chinese and Japanese no space follows.
    rf"|(?<=[{_CJK_STOPS}])[{_CLOSERS}]*+(?=[^{_CLOSERS}{_STOPS}]))"
    r"|(?=\n\n)"
)
_CLAUSE = re.compile(rf"[,;:][{_CLOSERS}]*(?=\s)|[—–](?!\d)|[、，；：]")

_TITLES = "mr mrs ms dr prof rev st gen col sgt capt lt hon mt vs approx dept est"
_ENDINGS = """
etc inc ltd co corp jr sr ave blvd rd min max a.m p.m
jan feb mar apr jun jul aug sep sept oct nov dec
"""
_COUNTERS = "no nos fig vol p pp ch"

# With a full stop they end a sentence …
_NEVER = frozenset(_TITLES.split())
_BEFORE_A_CAPITAL = frozenset(_ENDINGS.split())
_UNLESS_BEFORE_A_NUMBER = frozenset(_COUNTERS.split())

_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")  # J, e.g, U.S
_ITEM = re.compile(r"(?:^|[:;,.!?\n])\s*\d{1,2}\.$")  # the 1. of a list


class Sentences:
    """Feed it text as it comes; it gives each sentence once the next one begins.

    Nothing but white space is lost or changed, and however the text is cut into
    pieces, the sentences are the same. None is longer than `LONGEST`. What counts
    as an abbreviation is English.

    The first of all may be only a clause, so that there is something to hear soon;
    `flush` makes a new beginning.
    """

    def __init__(self) -> None:
        self._text = ""  # begins with no space, and holds no run of them
        self._begun = False

    def feed(self, text: str) -> list[str]:
        """The sentences that are complete now."""
        complete: list[str] = []
        for start in range(0, len(text), _AT_ONCE):
            self._text = _collapsed(self._text + text[start : start + _AT_ONCE])
            while (cut := _first_cut(self._text, begun=self._begun)) is not None:
                complete.append(_on_one_line(self._text[:cut]))
                self._text = self._text[cut:].lstrip()
                self._begun = True
        return complete

    def lull(self) -> list[str]:
        """What is complete as it stands, now that nothing comes for a moment: a text
        whose last sentence has its stop; one sentence at most."""
        text = self._text.rstrip()
        end = re.search(rf"[{_STOPS}。！？][{_CLOSERS}]*$", text)
        if end is None or not _ends(text, "A"):
            return []
        complete = self.flush()
        self._begun = True
        return complete

    def flush(self) -> list[str]:
        """What is left when no more text comes; one sentence at most."""
        rest, self._text = _on_one_line(self._text), ""
        self._begun = False
        return [rest] if rest else []


def _first_cut(text: str, *, begun: bool) -> int | None:
    """Where the first piece of *text* ends; None if what is yet to come may decide.

    Once it has been told for a text, it is the same for all that begin with it. If
    nothing has *begun*, a clause will do, unless its sentence is over soon after.
    """
    clause = None if begun else _first_clause(text)
    limit = LONGEST if clause is None else clause + CLAUSE
    for end in _END.finditer(text):
        if end.end() > limit:
            break
        if end.end() < SHORTEST:
            continue
        following = text[end.end() :].lstrip()
        if not following:
            return None
        paragraph = text.startswith("\n\n", end.end())
        if paragraph or _ends(text[: end.end()], following[0]):
            return end.end()
    length = len(text.rstrip())
    if clause is not None:  # of a paragraph's end, two characters must be known
        return clause if length > limit + 1 else None
    return _forced_cut(text) if length > LONGEST else None


def _first_clause(text: str) -> int | None:
    for clause in _CLAUSE.finditer(text, 0, LONGEST):
        if CLAUSE <= clause.end() < LONGEST - CLAUSE:  # the rest is cut anyway
            return clause.end()
    return None


def _ends(sentence: str, following: str) -> bool:
    """Whether *sentence*, before the character *following*, ends at its last stop."""
    bare = sentence.rstrip(_CLOSING)
    if bare != sentence or bare.endswith(("..", "…")):
        return not following.islower()  # "Stop!" he said. And … so on.
    if not bare.endswith("."):
        return True
    word = bare[:-1].rpartition(" ")[2].rpartition("\n")[2].lstrip(_OPENING).lower()
    if word in _BEFORE_A_CAPITAL:
        return following.isupper()
    if word in _UNLESS_BEFORE_A_NUMBER:
        return not following.isdigit()
    if word in _NEVER or (word != "i" and _INITIALS.fullmatch(word)):
        return False
    return _ITEM.search(bare) is None


def _forced_cut(text: str) -> int:
    """The best place to cut *text*, which is longer than it may be."""
    clauses = [clause.end() for clause in _CLAUSE.finditer(text, 0, LONGEST + 1)]
    spaces = [space.start() for space in re.finditer(r"\s", text[: LONGEST + 1])]
    for places in (clauses, spaces):
        if good := [place for place in places if SHORTEST <= place <= LONGEST]:
            return good[-1]
    return LONGEST


def _collapsed(text: str) -> str:
    """White space as one space, a line break, or the two of a new paragraph."""
    return re.sub(
        r"\s+", lambda run: "\n" * min(run[0].count("\n"), 2) or " ", text
    ).lstrip()


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
