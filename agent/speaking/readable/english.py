"""English as it is read aloud: numbers, short forms and signs become words."""

import re

from agent.speaking.readable.amounts import amounts
from agent.speaking.readable.moments import moments
from agent.speaking.readable.numerals import Numerals
from agent.speaking.readable.words import LONELY_SIGNS, SHORT_FORMS, SIGNS

_SHORT = [
    (re.compile(rf"(?<![\w.]){form}"), said) for form, said in SHORT_FORMS.items()
]
_SIGN = re.compile(f"[{re.escape(''.join(SIGNS))}]")
_LONELY = re.compile(rf"(?<=\s)[{re.escape(''.join(LONELY_SIGNS))}](?=\s)")
_BETWEEN = re.compile(r"(?<=\w)–(?=\w)")


class English:
    """Each rule leaves words, in which the next one finds no number."""

    def __init__(self) -> None:
        say = Numerals()
        rules = [*moments(say), *amounts(say)]
        self._rules = [(re.compile(pattern, re.ASCII), rule) for pattern, rule in rules]

    def read(self, text: str) -> str:
        """*text* as one would read it to somebody."""
        for form, said in _SHORT:
            text = form.sub(said, text)
        for pattern, rule in self._rules:
            text = pattern.sub(rule, text)
        text = _BETWEEN.sub(" to ", text)
        text = _LONELY.sub(lambda found: LONELY_SIGNS[found[0]], text)
        return _SIGN.sub(lambda found: SIGNS[found[0]], text)
