"""JSON Web Tokens, signed with a passphrase: RFC 7519 and RFC 7515, HS256 alone."""

import base64
import hashlib
import hmac

import msgspec

LIVES = 300
"""Seconds; each is made for one request."""

_HEADER = {"alg": "HS256", "typ": "JWT"}


def web_token(passphrase: str, issuer: str, now: int) -> str:
    """A token of *issuer* that is good from *now* (seconds since 1970) on."""
    claims = {"iss": issuer, "iat": now, "exp": now + LIVES}
    signed = (
        f"{_part(msgspec.json.encode(_HEADER))}.{_part(msgspec.json.encode(claims))}"
    )
    digest = hmac.new(passphrase.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_part(digest)}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
