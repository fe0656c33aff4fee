"""Whether a transcript is what we were saying ourselves.

What comes back through a loudspeaker, past any echo canceller, is a run of our own words
in our own order. Who answers us uses some of them, and rarely so many in a row.
"""

import re
from difflib import SequenceMatcher

ALIKE = 0.75
"""Of the words of a longer transcript have to be ours, in our order, close together."""

SHORT = 2
"""So many words have to be exactly ours; a single one may always be an answer."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


def is_echo(heard: str, said: str) -> bool:
    """Whether *heard* is part of *said*, give or take a misheard word."""
    theirs, ours = _words(heard), _words(said)
    if len(theirs) < SHORT or len(ours) < len(theirs):
        return False
    if len(theirs) == SHORT:
        return any(ours[at : at + SHORT] == theirs for at in range(len(ours)))
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(theirs)
    for at in range(len(ours) - len(theirs) + 1):
        matcher.set_seq1(ours[at : at + len(theirs)])
        common = sum(block.size for block in matcher.get_matching_blocks())
        if common / len(theirs) >= ALIKE:
            return True
    return False


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
