"""Numbers as English words, by the rules of Unicode's CLDR."""

import re
from collections.abc import Callable
from typing import TypeAlias

from unicode_rbnf import FormatPurpose, RbnfEngine

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
ALONE = r"(?<![\w.,:/])"
"""Before a number that is no part of a word or of another number."""

Rule: TypeAlias = tuple[str, Callable[[re.Match[str]], str]]

_TOO_LONG = 15  # digits; nobody can follow such a number
_A_CODE = 7  # digits; without commas it is rather somebody's telephone


class Numerals:
    """Takes ASCII digits; a decimal point and commas between thousands are understood."""

    def __init__(self) -> None:
        self._engine = RbnfEngine.for_language("en")

    def number(self, digits: str) -> str:
        """Of "1,234.50": "one thousand two hundred thirty-four point five zero"."""
        whole, point, rest = digits.partition(".")
        said = self.cardinal(whole)
        return f"{said} point {self.spelled(rest)}" if point else said

    def cardinal(self, digits: str) -> str:
        """Digit by digit where it is no amount, but a code."""
        whole = digits.replace(",", "")
        coded = whole.startswith("0") and len(whole) > 1
        long = len(digits) >= _A_CODE and whole == digits and not digits.endswith("000")
        if coded or long or len(whole) > _TOO_LONG:
            return self.spelled(whole)
        return self._engine.format_number(int(whole)).text

    def ordinal(self, digits: str) -> str:
        """Of "21": "twenty-first"."""
        if len(digits) > _TOO_LONG:
            return self.spelled(digits)
        return self._engine.format_number(int(digits), FormatPurpose.ORDINAL).text

    def year(self, digits: str) -> str:
        """Of "1984": "nineteen eighty-four"."""
        return self._engine.format_number(int(digits), FormatPurpose.YEAR).text

    def spelled(self, digits: str) -> str:
        """One by one."""
        return " ".join(self._engine.format_number(int(digit)).text for digit in digits)
