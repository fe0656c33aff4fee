"""What is asked to be spoken, and why it is not: the order is that of the server."""

import re
from typing import Annotated, Literal

import msgspec

from tests.standins.elevenlabs.account import Account, Model
from tests.standins.elevenlabs.errors import Failure
from tests.standins.elevenlabs.speech import TIER_OF

_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Few = Annotated[list[str], msgspec.Meta(max_length=3)]


class VoiceSettings(msgspec.Struct, frozen=True):
    stability: _Share | None = None
    similarity_boost: _Share | None = None
    style: _Share | None = None
    use_speaker_boost: bool | None = None
    speed: Annotated[float, msgspec.Meta(ge=0.7, le=1.2)] | None = None


class Locator(msgspec.Struct, frozen=True):
    pronunciation_dictionary_id: str
    version_id: str | None = None


class Body(msgspec.Struct, frozen=True):
    """Of a request; what is not named here is taken, as the server does."""

    text: str
    model_id: str = "eleven_multilingual_v2"
    language_code: str | None = None
    voice_settings: VoiceSettings | None = None
    pronunciation_dictionary_locators: (
        Annotated[list[Locator], msgspec.Meta(max_length=3)] | None
    ) = None
    seed: Annotated[int, msgspec.Meta(ge=0, le=4_294_967_295)] | None = None
    previous_text: str | None = None
    next_text: str | None = None
    previous_request_ids: _Few | None = None
    next_request_ids: _Few | None = None
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"


def refusal(
    account: Account, voice: str, format: str, language: str | None, model: Model | None
) -> Failure | None:
    """Why nobody may say anything like this."""
    known = account.voice(voice)
    if known is None:
        return account.error("voice_not_found")
    if known.library and not account.at_least("starter"):
        return account.error("paid_plan_required")
    if model is None:
        return account.error("invalid_uid")
    if language and (
        language not in model.languages or model.id == "eleven_multilingual_v2"
    ):
        return account.error("unsupported_language")
    if not account.at_least(TIER_OF.get(format, "free")):
        return account.error("output_format_not_allowed")
    return None


def taken(account: Account, text: str, model: Model) -> int | Failure:
    """What *text* costs, once it has been charged; or why it was not."""
    if len(text) > model.longest:
        return account.error("text_too_long")
    return account.charge(text, model)


def malformed(exc: msgspec.DecodeError) -> Failure:
    """What does not fit the description of the API."""
    path = re.search(r"`\$\.?([^`]*)`$", str(exc))
    fields = re.findall(r"\w+", path[1]) if path else []
    if missing := re.search(r"missing required field `(\w+)`", str(exc)):
        return unfit(["body", *fields, missing[1]], "missing", "Field required")
    return unfit(["body", *fields], "value_error", str(exc))


def unfit(where: list[str], type: str, message: str) -> Failure:
    found = {"type": type, "loc": where, "msg": message, "input": None}
    return Failure(422, msgspec.json.encode({"detail": [found]}))
