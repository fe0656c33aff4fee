"""What ElevenLabs is asked for, from the settings.

API: ``POST /v1/text-to-speech/{voice}/stream`` and ``…/multi-stream-input``, 2026-11.
"""

from typing import Any

from agent.config.settings import Tts
from agent.ports import Passage

SLOWEST, FASTEST = 0.7, 1.2
"""The speeds that the API knows."""

_USUAL = Tts()
_NO_BEFORE = ("eleven_v3", "eleven_v4")
"""Models that do not take `previous_text`."""

_NO_LANGUAGE = (
    "eleven_multilingual_v2",
    "eleven_multilingual_v1",
    "eleven_monolingual",
)


def own_speed(wanted: float) -> float:
    """The part of *wanted* that the API takes on: all of it, or nothing."""
    return wanted if SLOWEST <= wanted <= FASTEST else 1.0


def rate_of(format: str) -> int:
    """Samples a second of ``pcm_24000``."""
    return int(format.removeprefix("pcm_"))


def voice_settings(settings: Tts, speed: float) -> dict[str, Any] | None:
    """None where nothing is set: then the voice's own ones hold."""
    names = ("stability", "similarity", "style", "speaker_boost")
    untouched = all(getattr(settings, n) == getattr(_USUAL, n) for n in names)
    if untouched and speed == 1.0:
        return None
    return {
        "stability": settings.stability,
        "similarity_boost": settings.similarity,
        "style": settings.style,
        "use_speaker_boost": settings.speaker_boost,
        "speed": round(speed, 2),
    }


def dictionaries(settings: Tts) -> list[dict[str, str | None]]:
    """The locators of the pronunciation dictionaries; without a version, the latest."""
    found = [each.strip().partition(":") for each in settings.pronunciation.split(",")]
    return [
        {"pronunciation_dictionary_id": name, "version_id": version or None}
        for name, _, version in found
        if name
    ]


def language(settings: Tts) -> str | None:
    """What may be sent of ``tts.language``: some models take none."""
    if settings.model.startswith(_NO_LANGUAGE):
        return None
    return settings.language or None


def body(settings: Tts, passage: Passage) -> dict[str, Any]:
    """Of a request for *passage*."""
    takes_before = not settings.model.startswith(_NO_BEFORE)
    wanted = {
        "text": passage.text,
        "model_id": settings.model,
        "language_code": language(settings),
        "voice_settings": voice_settings(settings, own_speed(passage.speed)),
        "pronunciation_dictionary_locators": dictionaries(settings) or None,
        "seed": settings.seed if settings.seed >= 0 else None,
        "previous_text": (passage.before or None) if takes_before else None,
    }
    if settings.normalization != _USUAL.normalization:
        wanted["apply_text_normalization"] = settings.normalization
    return {name: value for name, value in wanted.items() if value is not None}
