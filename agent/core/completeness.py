"""How long to wait for more, by whether what was said so far reads as a whole.

A recogniser ends with a full stop whatever it is given, so punctuation alone says
little: what plainly goes on is known by its last word (a conjunction, a preposition,
an article, a number of which more may come), and what is whole by a full stop and the
lack of those.
"""

import re
from typing import Literal, TypeAlias

import msgspec

Reading: TypeAlias = Literal["complete", "incomplete", "unclear"]

_DANGLING = {
    "en": """a an the and or but nor because if although though unless until while of
        to from with into onto for at than as per via my your our their its every each
        is are was were am will would shall should can could may might must let i we
        they he she um uh er erm hmm gonna wanna versus plus minus times equals""",
    "de": """und oder aber sondern weil wenn dass ob als obwohl bevor nachdem der die
        das den dem des ein eine einen einem einer mit von zu zum zur für auf im am bei
        nach über unter vor ist sind war waren wird werden mein meine dein deine sehr
        äh ähm ich wir""",
    "fr": """et ou mais donc car parce que qui si quand le la les un une des du de à au
        aux pour avec dans sur sous chez est sont était mon ma mes ton ta tes très euh
        je nous""",
    "es": """y e o u pero porque que si cuando el la los las un una unos unas de del a
        al para con en por sobre es son era mi mis tu tus muy eh yo""",
    "it": """e o ma perché che se quando il lo la i gli le un uno una di del della a al
        da in con su per è sono era mio mia tuo tua molto eh io""",
}
_MAYBE_MORE = {
    "en": """in on by over under through about before after since so that this these
        those it not just also when where who what which how why do does did have has
        had be been like really please very more his her some any no with""",
}
_NUMBERS = """zero oh one two three four five six seven eight nine ten eleven twelve
    thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand million double triple point"""
_ALONE = """yes no yeah yep nope okay ok stop thanks hello hi hey goodbye bye cancel
    continue pause help sure right exactly correct never nothing wait repeat louder
    quieter next previous skip play resume quit exit ja nein danke hallo stopp oui non
    merci bonjour sí gracias hola"""
_OPENING = """if when while because although though unless until once since as after
    before whenever"""
_ASKING = "what who whom whose which where when why how"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DANGLING_WORDS = {language: _words(text) for language, text in _DANGLING.items()}
_MAYBE_WORDS = {language: _words(text) for language, text in _MAYBE_MORE.items()}
_NUMBER_WORDS, _ALONE_WORDS = _words(_NUMBERS), _words(_ALONE)
_OPENING_WORDS, _ASKING_WORDS = _words(_OPENING), _words(_ASKING)

_GOES_ON = re.compile(r"(?:[,:;\-–—…]|\.\.\.)\W*$")
_MAIN_CLAUSE = re.compile(r",(?:\W*\w+){3,}")
_STOPS = re.compile(r"[.!?。！？]\W*$")


def reading(text: str, language: str | None = None) -> Reading:
    """How *text* reads, by the words of its *language* (English, if that is not
    among those known here)."""
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.lower())
    if not words:
        return "unclear"
    if _GOES_ON.search(text):
        return "incomplete"
    if not _STOPS.search(text):
        return "incomplete" if _dangles(words[-1], language) else "unclear"
    if text.rstrip().endswith("?"):
        # "What are you looking for?" is whole, whatever it ends with.
        asks = words[0] in _ASKING_WORDS or not _dangles(words[-1], language)
        return "complete" if asks and len(words) > 1 else "unclear"
    if words[0] in _OPENING_WORDS and not _MAIN_CLAUSE.search(text):
        return "unclear"
    return _statement(words, language)


def _statement(words: list[str], language: str | None) -> Reading:
    """Of what a recogniser ended with a full stop."""
    last = words[-1]
    if _dangles(last, language) or last in _NUMBER_WORDS or last.isdecimal():
        return "incomplete"
    if len(words) == 1:
        return "complete" if last in _ALONE_WORDS else "unclear"
    maybe = _MAYBE_WORDS.get(language or "en", frozenset())
    return "unclear" if last in maybe else "complete"


def _dangles(word: str, language: str | None) -> bool:
    known = _DANGLING_WORDS.get(language or "en")
    return word in (known if known is not None else _DANGLING_WORDS["en"])


class Completeness(msgspec.Struct, frozen=True):
    """Satisfies `agent.ports.EndpointPolicy`."""

    complete_ms: float
    incomplete_ms: float

    def hangover_ms(self, text: str, language: str | None) -> float | None:
        """Less for what is whole, more for what is not; None for what may be either."""
        match reading(text, language):
            case "complete":
                return self.complete_ms
            case "incomplete":
                return self.incomplete_ms
            case "unclear":
                return None
