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

_PASSING = frozenset({408, 409, 425, 429})
"""Answers that may be others in a moment, as those of a server in trouble (5xx)."""

QUOTA = "quota_exceeded"
_CONCURRENCY = frozenset({"too_many_concurrent_requests", "concurrent_limit_exceeded"})
_VOICE = frozenset(
    {
        *("paid_plan_required", "payment_required"),
        *("voice_not_found", "voice_does_not_exist", "invalid_uid"),
    }
)
_FORMAT = frozenset(
    {"output_format_not_allowed", "subscription_required", "only_for_creator+"}
)
_KEY = "compare tts.api_key with your account"
_TOO_LONG = frozenset({"max_character_limit_exceeded", "text_too_long"})
_SHORTER = "the text is too long for this model (tts.model)"

_REMEDIES = {
    "detected_unusual_activity": "it takes this account for abused: see elevenlabs.io",
    "invalid_api_key": _KEY,
    "missing_permissions": "give the key (tts.api_key) leave for it",
    "needs_authorization": _KEY,
    "unsupported_language": "choose another tts.language or tts.model",
    QUOTA: "more is available when it is reset, or with another plan",
    **dict.fromkeys(_TOO_LONG, _SHORTER),
    **dict.fromkeys(_VOICE, "choose another voice (tts.voice) or plan"),
    "invalid_uid": "compare tts.voice and tts.model with your account",
    **dict.fromkeys(_FORMAT, "choose another tts.format or plan"),
}

_KNOWN = _CONCURRENCY | _REMEDIES.keys()

_HINTS = {
    "exceeds your quota": QUOTA,
    "missing the permission": "missing_permissions",
    "api key": "invalid_api_key",
    "authorization header": "needs_authorization",
    "unusual activity": "detected_unusual_activity",
    "library voices": "paid_plan_required",
    "output format": "output_format_not_allowed",
    "concurrent": "too_many_concurrent_requests",
    "simultaneous contexts": "too_many_concurrent_requests",
    "voice_id": "voice_not_found",
}
"""What a WebSocket's last words may contain, by what they mean; the first one counts."""


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
        if self.status in {401, 402, 403, 404}:
            return True
        return self.code in _REMEDIES and self.code not in _TOO_LONG


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


def rejection(status: int, body: bytes | None) -> AgentError | None:
    """What it means that there is no WebSocket, where *body* says more than *status*."""
    code, message = _told((body or b"")[:LONGEST_EXCUSE])
    told = code or message or status in _PASSING
    return meaning(status, code, message) if told else None


def meaning(
    status: int, code: str, message: str, wish: float | None = None
) -> AgentError:
    """The error that ElevenLabs calls *code*; *wish* is when it wants to be asked again."""
    said = f"ElevenLabs: {message or code or 'no reason given':.300} ({status or code})"
    if code in _CONCURRENCY:
        return Unavailable(said, retry_after=wish or BUSY_FOR, answered=True)
    if status in _PASSING or 500 <= status < 600:
        return Unavailable(said, retry_after=wish)
    remedy = _REMEDIES.get(code)
    return Denied(f"{said}: {remedy}" if remedy else said, code, status)


def spoken_of(message: str, code: str = "", status: int = 1008) -> AgentError:
    """The same for a WebSocket, where a text is all that is said of some errors."""
    if code not in _KNOWN:
        said = message.lower()
        code = next((name for hint, name in _HINTS.items() if hint in said), code)
    if code in _KNOWN:
        return meaning(status, code, message)
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
    return next((name for name in names if name in _KNOWN), "".join(names[:1]))
