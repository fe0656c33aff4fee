"""What is the same in every language: no pictures, no control characters, no paths of
addresses."""

import re
import unicodedata

_URL = re.compile(
    r"\b(?:https?|ftp|wss?)://([^\s<>\"]+)|\bwww\.([^\s<>\"]+)", re.IGNORECASE
)
_TRAILING = ".,;:!?)]}'\"*_"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DOMAIN = re.compile(
    r"\b(?:[\w-]+\.)+(?:com|org|net|io|dev|app|ai|edu|gov|info|uk|de|fr|eu|us)\b(?![\w.]*[\w(])"
)

_JOINERS = "\u200c\u200d"
"""Belong to the spelling of Persian, Hindi and others, and to emoji."""

_UNSAID = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Me"})
"""Unicode's general categories (UAX 44) of what has no sound. `So` are emoji, boxes and
dingbats, `Sk` are their skins, and `Me` encloses keys."""

_SAID_ALL_THE_SAME = frozenset("°©®™№℃℉^`´¨")


def plain(text: str) -> str:
    """*text* on one line, without what has no sound; empty if no word is in it."""
    text = _URL.sub(_host, unicodedata.normalize("NFC", text))
    said = " ".join("".join(map(_sound, text)).split())
    said = re.sub(r"(?<!\w)[\u200c\u200d\ufe0e\ufe0f]+|[\ufe0e\ufe0f]", "", said)
    return said if any(map(str.isalnum, said)) else ""


def spelled_out(text: str) -> str:
    """Addresses as one says them in English: "anna at example dot com"."""
    text = _URL.sub(_host, text)
    text = _EMAIL.sub(lambda m: _dotted(m[0].replace("@", " at ")), text)
    return _DOMAIN.sub(lambda m: _dotted(m[0]), text)


def _sound(character: str) -> str:
    if character in _SAID_ALL_THE_SAME or character in _JOINERS:
        return character
    if "\U0001f000" <= character <= "\U0001faff":
        return " "
    return " " if unicodedata.category(character) in _UNSAID else character


def _host(address: re.Match[str]) -> str:
    """Nobody wants to hear a path."""
    whole = address[1] or address[2]
    kept = whole.rstrip(_TRAILING)
    host = re.split(r"[/?#]", kept)[0].rpartition("@")[2]
    return host.removeprefix("www.") + whole[len(kept) :]


def _dotted(name: str) -> str:
    return name.removeprefix("www.").replace(".", " dot ")
