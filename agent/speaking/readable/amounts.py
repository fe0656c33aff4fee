"""Money, quantities and plain numbers, in English words."""

import re
from collections.abc import Iterable

from agent.speaking.readable.numerals import ALONE, NUMBER, Numerals, Rule
from agent.speaking.readable.words import CURRENCIES, FRACTIONS, SCALES, UNITS, plural


def _any(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_MONEY = "|".join(map(re.escape, CURRENCIES))
_SCALE = rf"(?:\s?(?P<scale>{_any(SCALES)})\b)?"
_MINUS = r"(?:(?<=\s)|(?<=\()|^)[-−](?=[$€£¥₹]?\d)"
_PHONE = r"(?<![\w.,:/+])(?:\+\d[\d\s().-]{6,}\d|\(\d{3}\)\s?\d{3}-\d{4}|(?:\d{3}-)?\d{3}-\d{4})(?!\w)"


def amounts(say: Numerals) -> list[Rule]:
    """What to look for, in this order, and what to say for it."""

    def phone(found: re.Match[str]) -> str:
        groups = [say.spelled(group) for group in re.findall(r"\d+", found[0])]
        return ("plus " if found[0].startswith("+") else "") + ", ".join(groups)

    def dotted(found: re.Match[str]) -> str:
        return " point ".join(map(say.cardinal, found[0].split(".")))

    def money(found: re.Match[str]) -> str:
        major, minor = CURRENCIES[found["sign"]]
        amount, scale = found["amount"], found["scale"]
        if scale:
            return f"{say.number(amount)} {SCALES[scale]} {plural(major)}"
        whole, _, cents = amount.partition(".")
        if not minor or len(cents) not in {0, 2}:
            return f"{say.number(amount)} {plural(major)}"
        parts = []
        if int(whole.replace(",", "")) or not int(cents or 0):
            parts.append(_counted(say, whole, major))
        if cents and int(cents):
            parts.append(_counted(say, cents.lstrip("0"), minor))
        return " and ".join(parts)

    def degrees(found: re.Match[str]) -> str:
        scale = {"C": " Celsius", "F": " Fahrenheit"}.get(found["of"] or "", "")
        return _counted(say, found["n"], "degree") + scale

    def percent(found: re.Match[str]) -> str:
        return f"{say.number(found['n'])} percent"

    def quantity(found: re.Match[str]) -> str:
        return _counted(say, found["n"], UNITS[found["unit"]])

    def ordinal(found: re.Match[str]) -> str:
        return say.ordinal(found["n"])

    def mixed(found: re.Match[str]) -> str:
        part = FRACTIONS[found["part"]]
        return f"{say.number(found['n'])} and {part}" if found["n"] else part

    def ratio(found: re.Match[str]) -> str:
        over, under = found["over"], found["under"]
        if over == "24" and under == "7":
            return "twenty-four seven"
        if not 0 < int(over) < int(under):
            return f"{say.number(over)} over {say.number(under)}"
        said = {"2": "half", "4": "quarter"}.get(under) or say.ordinal(under)
        return f"{say.number(over)} {said}" + ("" if over == "1" else "s")

    def number(found: re.Match[str]) -> str:
        return say.number(found["n"])

    n = rf"(?P<n>{NUMBER})"
    return [
        (_PHONE, phone),
        (rf"{ALONE}\d+(?:\.\d+){{2,}}(?!\w)", dotted),
        (_MINUS, lambda _: "minus "),
        (r"~(?=[$€£¥₹]?\d)", lambda _: "about "),
        (r"#(?=\d)", lambda _: "number "),
        (rf"(?P<sign>{_MONEY})\s?(?P<amount>{NUMBER}){_SCALE}(?!\w)", money),
        (rf"{ALONE}(?P<amount>{NUMBER}){_SCALE}\s?(?P<sign>{_MONEY})(?!\w)", money),
        (rf"{ALONE}{n}\s?[–-](?=[$€£]?\d)", lambda m: f"{say.number(m['n'])} to "),
        (rf"{ALONE}{n}\s–\s(?=[$€£]?\d)", lambda m: f"{say.number(m['n'])} to "),
        (rf"{ALONE}{n}\s?[°º]\s?(?P<of>[CF]\b)?", degrees),
        (rf"{ALONE}{n}\s?%", percent),
        (rf"{ALONE}{n}[\s-]?(?P<unit>{_any(UNITS)})(?![\w/²³'])", quantity),
        (rf"{ALONE}(?P<n>\d+)(?:st|nd|rd|th)\b", ordinal),
        (rf"(?:{ALONE}(?P<n>\d+)\s?)?(?P<part>[{''.join(FRACTIONS)}])", mixed),
        (rf"{ALONE}(?P<over>\d{{1,3}})/(?P<under>\d{{1,3}})(?![\w/])", ratio),
        (rf"(?<![\w.,]){n}:(?=\d)", lambda m: f"{say.number(m['n'])} to "),
        (rf"(?<!\w){n}(?!\w)", number),
    ]


def _counted(say: Numerals, digits: str, name: str) -> str:
    return f"{say.number(digits)} {name if digits == '1' else plural(name)}"
