"""Every body with which ElevenLabs is known to say no, as real ones that users reported.

Two generations are in use: the ``old`` one knows a *status*, the ``new`` one (2026) a
*type* and a *code* too. What follows neither of them is the same in both.
"""

from typing import Literal, TypeAlias

import msgspec

Generation: TypeAlias = Literal["new", "old"]


class Failure(msgspec.Struct, frozen=True):
    """An answer that is none; *content_type* is that of *body*."""

    status: int
    body: bytes
    content_type: str = "application/json"

    @property
    def message(self) -> str:
        """What it says in words."""
        detail = msgspec.json.decode(self.body).get("detail")
        return str(detail.get("message", "")) if isinstance(detail, dict) else ""

    @property
    def name(self) -> str:
        """What the older generation calls it; WebSockets still do."""
        return str(msgspec.json.decode(self.body)["detail"]["status"])


def new(status: int, type: str, code: str, message: str, was: str = "") -> Failure:
    """*was* is how the older generation calls it, where that is another name."""
    detail = {"type": type, "code": code, "message": message, "status": was or code}
    detail["request_id"] = "b7f2a1c0d9e84f51"
    return Failure(status, msgspec.json.encode({"detail": detail}))


def old(status: int, name: str, message: str, **more: object) -> Failure:
    detail = {"status": name, "message": message, **more}
    return Failure(status, msgspec.json.encode({"detail": detail}))


def spent(limit: int, left: int, cost: int) -> dict[Generation, Failure]:
    """The quota of a plan, of which *left* is less than *cost*."""
    said = (
        f"This request exceeds your quota of {limit}. You have {left} credits"
        f" remaining, while {cost} credits are required for this request."
    )
    used = {"character_used": limit - left, "character_limit": limit}
    return {
        "new": new(401, "invalid_request_error", "quota_exceeded", said),
        "old": old(401, "quota_exceeded", said, **used),
    }


def lacking(permission: str) -> dict[Generation, Failure]:
    """Of a key that is not allowed everything."""
    said = f"The API key you used is missing the permission {permission} to execute this operation."
    name = "missing_permissions"
    return {
        "new": new(401, "authentication_error", "unauthorized", said, name),
        "old": old(401, name, said),
    }


def unknown_id(id: str) -> dict[Generation, Failure]:
    """Of a model or a voice: it does not say which."""
    said = (
        f"An invalid ID has been received: '{id}'. Make sure to provide a correct one."
    )
    return _both(400, "validation_error", "invalid_uid", said)


def _both(
    status: int, type: str, code: str, message: str, was: str = ""
) -> dict[Generation, Failure]:
    return {
        "new": new(status, type, code, message, was),
        "old": old(status, was or code, message),
    }


def _page(
    status: int, body: bytes, kind: str = "text/html"
) -> dict[Generation, Failure]:
    failure = Failure(status, body, kind)
    return {"new": failure, "old": failure}


_BAD, _KEY = "validation_error", "authentication_error"
_PLAN, _RATE = "payment_required", "rate_limit_error"
_TOO_LONG = "A maximum of 40000 characters is allowed, and 41000 were sent."
_UNUSUAL = (
    "Unusual activity detected. Free Tier usage disabled. If you are using a proxy/VPN"
    " you might need to purchase a Paid Plan to not trigger our abuse detectors."
)
_PRO = (
    "Requested output format pcm_44100 (PCM at 44100hz) is only allowed for Pro tier"
    " and above."
)
_LIBRARY = (
    "Free users cannot use library voices via the API. Please upgrade your"
    " subscription to use this voice."
)
_ID = "An invalid ID has been received: 'x'. Make sure to provide a correct one."
_MANY = (
    "Too many concurrent requests. Your current subscription is associated with a"
    " maximum of 2 concurrent requests."
)
_BUSY = "We are currently experiencing heavy traffic. Please try again."
_NOBODY = "A voice with the voice_id nope was not found."
_FIELD = {"type": "missing", "loc": ["body", "text"], "msg": "Field required"}
_SCHEMA = msgspec.json.encode({"detail": [{**_FIELD, "input": None}]})
_PLAIN = msgspec.json.encode({"detail": _ID})
_JSON = "application/json"

ERRORS: dict[str, dict[Generation, Failure]] = {
    "text_too_long": _both(
        400, _BAD, "text_too_long", _TOO_LONG, "max_character_limit_exceeded"
    ),
    "voice_does_not_exist": _both(
        400, _BAD, "voice_not_found", _NOBODY, "voice_does_not_exist"
    ),
    "invalid_uid": unknown_id("x"),
    "unsupported_language": _both(
        400, _BAD, "unsupported_language", "Model does not support language_code 'xx'."
    ),
    "plain": _page(400, _PLAIN, _JSON),
    "page": _page(400, b"<html>Bad request</html>"),
    "empty": _page(400, b"{}", _JSON),
    "invalid_api_key": _both(401, _KEY, "invalid_api_key", "Invalid API key"),
    "needs_authorization": _both(
        401, _KEY, "needs_authorization", "Neither authorization header nor xi-api-key."
    ),
    "missing_permissions": lacking("text_to_speech"),
    "quota_exceeded": spent(10_000, 0, 91),
    "detected_unusual_activity": _both(
        401, _KEY, "detected_unusual_activity", _UNUSUAL
    ),
    "paid_plan_required": _both(
        402, _PLAN, "paid_plan_required", _LIBRARY, "payment_required"
    ),
    "output_format_not_allowed": _both(403, _PLAN, "output_format_not_allowed", _PRO),
    "subscription_required": _both(403, _PLAN, "subscription_required", _PRO),
    "only_for_creator+": _both(
        403, _PLAN, "only_for_creator+", "Only for Creator tier and above."
    ),
    "voice_not_found": _both(404, "not_found", "voice_not_found", _NOBODY),
    "schema": _page(422, _SCHEMA, _JSON),
    "concurrent_limit_exceeded": _both(
        429, _RATE, "concurrent_limit_exceeded", _MANY, "too_many_concurrent_requests"
    ),
    "system_busy": _both(429, _RATE, "system_busy", _BUSY),
    "rate_limit_exceeded": _both(429, _RATE, "rate_limit_exceeded", _BUSY),
    "timeout": _page(408, b"stream timeout", "text/plain"),
    "conflict": _page(409, b'{"detail":"already running"}', _JSON),
    "internal": _page(500, b"Internal Server Error", "text/plain"),
    "gateway": _page(502, b"<html><h1>502 Bad Gateway</h1></html>"),
    "down": _page(503, b"upstream connect error", "text/plain"),
}

SPOKEN: dict[str, str] = {
    "input_timeout_exceeded": (
        "Have not received a new text input within the timeout of 20.0 seconds."
        " Streaming input terminated. Please make sure to send text regularly."
    ),
    "max_contexts_exceeded": (
        "Maximum simultaneous contexts per WebSocket connection exceeded (5). Please"
        " close an existing context before opening a new one."
    ),
    "voice_settings_changed": (
        "voice_settings field must be provided in the first message and then either be"
        " not provided or not change."
    ),
}
"""What only a WebSocket says, before it is closed with 1008."""
