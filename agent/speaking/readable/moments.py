"""Dates and times of day, in English words."""

import re

from agent.speaking.readable.numerals import ALONE, Numerals, Rule

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = "|".join(_MONTHS)
_DAY = r"(?P<day>[12]?\d|3[01])(?:st|nd|rd|th)?"
_HALF = r"\s?(?P<half>[aApP])(?P<dots>\.\s?[mM]\.|[mM]\b)"
_SINCE = r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Bb]y|[Bb]efore|[Aa]fter|[Ff]rom|[Oo]f|[Yy]ear)"


def moments(say: Numerals) -> list[Rule]:
    """What to look for, in this order, and what to say for it."""

    def date(found: re.Match[str]) -> str:
        month = _MONTHS[int(found["month"]) - 1]
        return f"{month} {say.ordinal(found['day'])}, {say.year(found['year'])}"

    def slashed(found: re.Match[str]) -> str:
        first, second, year = found[0].split("/")
        last = say.year(year) if len(year) == 4 else say.cardinal(year)
        return f"{say.cardinal(first)} slash {say.cardinal(second)} slash {last}"

    def named(found: re.Match[str]) -> str:
        year = f", {say.year(found['year'])}" if found["year"] else ""
        return f"{found['month']} {say.ordinal(found['day'])}{year}"

    def of_month(found: re.Match[str]) -> str:
        the = "" if found["the"] else "the "
        year = f" {say.year(found['year'])}" if found["year"] else ""
        return f"{found['the'] or ''}{the}{say.ordinal(found['day'])} of {found['month']}{year}"

    def of_day(found: re.Match[str]) -> str:
        hour, minute = found["hour"], found["minute"] or "00"
        if minute != "00":
            oh = "oh " if minute[0] == "0" else ""
            said = f"{say.number(hour)} {oh}{say.number(minute.lstrip('0'))}"
        elif found["half"]:
            said = say.number(hour)
        elif int(hour) > 12:
            said = f"{say.number(hour)} hundred"
        else:
            said = f"{say.number(hour)} o'clock"
        return said + _half(found)

    def since(found: re.Match[str]) -> str:
        return f"{found['since']} {say.year(found['year'])}"

    def decade(found: re.Match[str]) -> str:
        said = say.year(found[1])
        return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"

    def years(found: re.Match[str]) -> str:
        return f"{say.year(found['from'])} to {say.year(found['to'])}"

    def year(found: re.Match[str]) -> str:
        return say.year(found[0])

    return [
        (
            rf"{ALONE}(?P<year>\d{{4}})-(?P<month>0[1-9]|1[0-2])-(?P<day>\d\d)(?![\w-])",
            date,
        ),
        (rf"{ALONE}\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d{{2}})(?![\w/])", slashed),
        (
            rf"\b(?P<month>{_MONTH})\s{_DAY}(?:,?\s(?P<year>\d{{4}}))?(?![\w:%]|\.\d)",
            named,
        ),
        (
            rf"(?P<the>\bthe\s)?{ALONE}{_DAY}\s(?P<month>{_MONTH})\b(?:\s(?P<year>\d{{4}})\b)?",
            of_month,
        ),
        (
            rf"{ALONE}(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\w:])(?:{_HALF})?",
            of_day,
        ),
        (rf"{ALONE}(?P<hour>1?\d)(?:\.(?P<minute>[0-5]\d))?{_HALF}", of_day),
        (
            rf"(?P<since>{_SINCE})\s(?P<year>1[1-9]\d\d|20\d\d)(?![\w%°$€£,:/]|\.\d|\s?(?:%|°))",
            since,
        ),
        (
            rf"{ALONE}(?P<from>1\d{{3}}|20\d\d)[–-](?P<to>1\d{{3}}|20\d\d)(?![\w–-])",
            years,
        ),
        (r"(?<![\w.,:/])((?:1[1-9]|20)\d0)'?s\b", decade),
        (rf"{ALONE}(?:19|20)\d\d(?![\w%°:/–-]|[.,]\d|\s?[%°€$£])", year),
    ]


def _half(found: re.Match[str]) -> str:
    """AM or PM; what ended the sentence still does."""
    if not found["half"]:
        return ""
    ends = found["dots"].endswith(".") and not found.string[found.end() :].strip()
    return f" {found['half'].upper()}M" + ("." if ends else "")
