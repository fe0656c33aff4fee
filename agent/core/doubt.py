"""Whether a recogniser's text is something that was said.

The rule, in this order: a text without a letter or digit outside of brackets is
nothing ("[Music]", "..."); so is one of which the recogniser itself is too little
sure; and so are the few texts that Whisper and its like, trained on subtitles, make
of noise and silence, unless the recogniser tells that it is sure of them. Nobody says
those alone to an assistant.
"""

import re

SURE = 0.9
"""A confidence from which even "Thanks for watching" was said."""

_BRACKETED = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*♪?")

_OF_NOISE = frozenset(
    {
        "you",
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "thank you very much for watching",
        "thanks for listening",
        "thank you for listening",
        "please subscribe",
        "please subscribe to my channel",
        "like and subscribe",
        "don t forget to subscribe",
        "see you in the next video",
        "i ll see you in the next video",
        "subtitles by the amara org community",
        "subtitles by",
        "untertitel im auftrag des zdf für funk 2017",
        "untertitel der amara org community",
        "vielen dank fürs zuschauen",
        "sous titres réalisés par la communauté d amara org",
        "sous titrage st 501",
        "merci d avoir regardé cette vidéo",
        "subtítulos realizados por la comunidad de amara org",
        "gracias por ver el video",
        "sottotitoli e revisione a cura di qtss",
        "ご視聴ありがとうございました",
        "продолжение следует",
    }
)


def doubt(text: str, confidence: float | None, least: float) -> str | None:
    """Why *text* is not to be believed, if it is not. *confidence* is None where the
    recogniser gives none; *least* is how sure it has to be otherwise."""
    words = re.findall(r"\w+", _BRACKETED.sub(" ", text).lower())
    if not words:
        return "no words in it"
    if confidence is not None and confidence < least:
        return f"only {confidence:.0%} sure that it was speech"
    if (confidence or 0.0) < SURE and " ".join(words) in _OF_NOISE:
        return f'"{text}" is what it makes of noise'
    return None
