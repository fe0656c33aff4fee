"""What ElevenLabs says when it does not speak, by what helps against it.

Two generations of bodies are in use: ``{"detail": {"status", "message"}}`` and, since
2026, ``{"detail": {"type", "code", "message", "param", …}}``; beside them a bare text, and
a list for what does not fit the description of its API.
"""

from typing import TYPE_CHECKING

import msgspec

from agent.errors import AgentError, Refused, Unavailable
from agent.web import read_beginning, retry_after

if TYPE_CHECKING:
    import httpx

LONGEST_EXCUSE = 1 << 14

BUSY_FOR = 2.0
"""Seconds after which someone else's request has come to its end."""

CONCURRENCY = frozenset({"too_many_concurrent_requests", "concurrent_limit_exceeded"})
QUOTA = "quota_exceeded"
_VOICE = frozenset(
    {"paid_plan_required", "voice_not_found", "voice_does_not_exist", "invalid_uid"}
)
_FORMAT = frozenset(
    {"output_format_not_allowed", "subscription_required", "only_for_creator+"}
)
_KEY = "compare tts.api_key with your account"

_REMEDIES = {
    "detected_unusual_activity": "it takes this account for abused: see elevenlabs.io",
    "invalid_api_key": _KEY,
    "max_character_limit_exceeded": "the text is too long for this model (tts.model)",
    "missing_permissions": "give the key (tts.api_key) leave for it",
    "needs_authorization": _KEY,
    "text_too_long": "the text is too long for this model (tts.model)",
    "unsupported_language": "choose another tts.language or tts.model",
    QUOTA: "more is available when it is reset, or with another plan",
    **dict.fromkeys(_VOICE, "choose another voice (tts.voice) or plan"),
    **dict.fromkeys(_FORMAT, "choose another tts.format or plan"),
}


class Denied(Refused):
    """ElevenLabs says no: *code* is its own name for why."""

    def __init__(self, reason: str, code: str, status: int = 0) -> None:
        super().__init__(reason)
        self.code = code
        self.status = status

    @property
    def voice(self) -> bool:
        """Whether another voice might be allowed."""
        return self.code in _VOICE or self.status in {402, 404}

    @property
    def format(self) -> bool:
        """Whether the plan only lacks the format of the sound."""
        return self.code in _FORMAT or self.status == 403

    @property
    def quota(self) -> bool:
        """Whether the plan's characters are used up."""
        return self.code == QUOTA

    @property
    def lasting(self) -> bool:
        """Whether it would say the same of any other text."""
        return self.status in {401, 402, 403, 404}


class _Detail(msgspec.Struct, frozen=True):
    """An error's body, of either generation: *code* is the newer name of *status*."""

    code: str | None = None
    status: str | None = None
    message: str | None = None


class _Failure(msgspec.Struct, frozen=True):
    detail: _Detail | str | list[msgspec.Raw] | None = None


async def failure(response: "httpx.Response") -> AgentError:
    """What *response*, which is no success, means."""
    code, message = _told(await read_beginning(response, LONGEST_EXCUSE))
    return meaning(response.status_code, code, message, retry_after(response))


def meaning(
    status: int, code: str, message: str, wish: float | None = None
) -> AgentError:
    """The error that ElevenLabs calls *code*; *wish* is when it wants to be asked again."""
    said = f"ElevenLabs: {message or code or 'no reason given':.300} ({status or code})"
    if code in CONCURRENCY:
        return Unavailable(said, retry_after=wish or BUSY_FOR, answered=True)
    if status in {408, 409, 425, 429} or status >= 500:
        return Unavailable(said, retry_after=wish)
    remedy = _REMEDIES.get(code)
    return Denied(f"{said}: {remedy}" if remedy else said, code, status)


def spoken_of(message: str, code: str = "", status: int = 1008) -> AgentError:
    """The same for a WebSocket, where a text is all that is said of some errors."""
    hints = {
        "exceeds your quota": (401, QUOTA),
        "api key": (401, "invalid_api_key"),
        "unusual activity": (401, "detected_unusual_activity"),
        "voice": (404, "voice_not_found"),
        "concurrent": (429, "too_many_concurrent_requests"),
    }
    for hint, (like, name) in hints.items():
        if code == name or hint in message.lower():
            return meaning(like, name, message)
    if code in _REMEDIES:
        return meaning(400, code, message)
    return Unavailable(
        f"ElevenLabs: {message or code or 'no reason given':.300} ({status})"
    )


def _told(body: bytes) -> tuple[str, str]:
    """The code and the message in an error's body; nothing if it is unreadable."""
    try:
        detail = msgspec.json.decode(body, type=_Failure).detail
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return "", ""
    match detail:
        case str():
            return "", detail
        case _Detail():
            return _code(detail), detail.message or ""
        case list():
            return "validation_error", "it does not understand the request"
    return "", ""


def _code(detail: _Detail) -> str:
    """The more telling of the two: the newer *code* may be as broad as
    ``unauthorized`` where the older *status* says why."""
    names = [name for name in (detail.code, detail.status) if name]
    known = (*_REMEDIES, *CONCURRENCY)
    return next((name for name in names if name in known), "".join(names[:1]))
