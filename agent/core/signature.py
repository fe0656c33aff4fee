"""Signatures of webhooks: Standard Webhooks (specification 1.0.0), and GitHub's.

Both are over the exact bytes that are sent. What is signed on arrival is looked at
before anything in it is believed, and refused in one way, whatever is wrong with it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence

from agent.errors import Refused

TOLERANCE = 300.0
"""Seconds that a timestamp may be off, either way."""

_MOST_SIGNATURES = 16
_LONGEST_HEADER = 4096
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature`` for *body*.

    *secret* is ``whsec_`` and base64, or any text, which is taken as it is.
    """
    return f"v1,{base64.b64encode(_digest(secret, id, str(timestamp), body)).decode()}"


def sign_like_github(secret: str, body: bytes) -> str:
    """The value of ``X-Hub-Signature-256`` for *body*."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float
) -> str:
    """The ``webhook-id`` of *body*, if it was signed with any of *secrets* less than
    `TOLERANCE` from *now* (seconds since 1970); the names in *headers* are lower-case.

    Raises `Refused`, and nothing else. Whether the id is new is up to the caller.
    """
    message, timestamp, signatures = (
        headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not (
        message and _is_recent(timestamp, now) and len(signatures) <= _LONGEST_HEADER
    ):
        raise _refusal()
    given = [_signature(each) for each in signatures.split(" ")[:_MOST_SIGNATURES]]
    known = [_digest(secret, message, timestamp, body) for secret in secrets if secret]
    # All are compared, so that the time this takes tells nobody which one failed.
    matches = [hmac.compare_digest(one, other) for one in given for other in known]
    if not any(matches):
        raise _refusal()
    return message


def _refusal() -> Refused:
    return Refused("the signature is missing, wrong or too old")


def _is_recent(timestamp: str, now: float) -> bool:
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    return abs(int(timestamp) - now) <= TOLERANCE


def _signature(versioned: str) -> bytes:
    """What follows ``v1,``; nothing for what is of another version, or nonsense."""
    version, _, encoded = versioned.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except ValueError:
        return b""


def _digest(secret: str, id: str, timestamp: str, body: bytes) -> bytes:
    content = f"{id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    return hmac.new(_key(secret), content, hashlib.sha256).digest()


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            pass  # then it is a text that happens to begin so
    return secret.encode()
