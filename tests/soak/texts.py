"""Texts that nobody should have to read aloud, made from a seed."""

import random
from collections.abc import Callable, Iterator

SCRIPTS = [
    ("a", "z"), ("0", "9"), ("א", "ת"), ("ا", "ي"), ("ก", "๛"), ("一", "丿"),
    ("ぁ", "ん"), ("а", "я"), ("\U0001f600", "\U0001f64f"), ("\u0300", "\u036f"),
    ("\u2000", "\u206f"), ("\ue000", "\ue0ff"), ("\x00", "\x1f"), ("\x7f", "\x9f"),
    ("\ud800", "\udfff"), ("\U000e0000", "\U000e007f"),
]  # fmt: skip
SSML = [
    "<speak>", "</speak>", '<break time="9999s"/>', "<prosody rate='x-fast'>",
    '<audio src="file:///etc/passwd"/>', "<!--", "-->", "<![CDATA[", "<think>",
    "</think>", "&lt;", "&#0;", "<", ">",
]  # fmt: skip
MARKS = [
    *"#*_`~|>[]()!\\-+=",
    "```",
    "~~~",
    "\n\n",
    "\n",
    "\r\n",
    "- ",
    "1. ",
    "](",
    "||",
]
NUMBERS = [
    "$29.50", "3.30 p.m.", "0000-01-01", "99/99/9999", "1e309", "-0", "½", "٣٤", "1,000,00",
    "+49 30 1234567", "00:00", "25:61", "$", "€", "°", "%", "#1", "1st", "0th", "1/0",
    "v1.2.3", "192.168.0.1", "1234567890123456789012345678901234567890", "MMXX", "²³",
]  # fmt: skip
WORDS = [
    *("the", "light", "kitchen", "Dr.", "Smith", "paid", "on", "etc.", "and?", "yes!"),
    *("no…", "“well”", "it's", "e.g."),
]
ADDRESSES = ["https://", "http://a.b/c?d#e", "www.", "a@b.c", "ftp://x", "//", "x.com"]


def texts(seed: int, count: int, longest: int = 400) -> Iterator[str]:
    """*count* of them, most of at most *longest* characters."""
    luck = random.Random(seed)
    for _ in range(count):
        yield luck.choice(KINDS)(luck, luck.randint(0, longest))


def _characters(luck: random.Random, length: int) -> str:
    """Any of Unicode, surrogates that are alone too."""
    return "".join(chr(luck.randrange(0x110000)) for _ in range(length))


def _script(luck: random.Random, length: int) -> str:
    """Of one script, or only emoji, or only control characters, …"""
    first, last = luck.choice(SCRIPTS)
    found = [chr(luck.randint(ord(first), ord(last))) for _ in range(length)]
    return luck.choice(["", " "]).join(found)


def _mixed(luck: random.Random, length: int) -> str:
    return "".join(_script(luck, luck.randint(1, 8)) for _ in range(length // 8))


def _joined(pool: list[str]) -> Callable[[random.Random, int], str]:
    def join(luck: random.Random, length: int) -> str:
        spaced = luck.choice(["", " "])
        return spaced.join([luck.choice(pool) for _ in range(length // 6)])

    return join


def _one_word(luck: random.Random, length: int) -> str:
    """Without a blank, and perhaps of one character alone."""
    found: str = luck.choice([*"a1.。-_<[*!\0א", "😀"])
    return found * length * 5


def _prose(luck: random.Random, length: int) -> str:
    """What makes sense, but for some characters."""
    found = list(_joined(WORDS)(luck, length))
    for _ in range(luck.randint(0, 3)):
        found.insert(luck.randint(0, len(found)), _characters(luck, 1))
    return "".join(found)


KINDS = [
    *(_characters, _script, _mixed, _one_word, _prose),
    *map(_joined, (SSML, MARKS, NUMBERS, ADDRESSES, [*SSML, *MARKS, *NUMBERS, *WORDS])),
]
