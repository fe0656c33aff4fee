"""Standard Webhooks signatures (specification 1.0.0), over the exact bytes sent."""

import base64
import hashlib
import hmac


def sign(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature`` for *body*.

    *secret* is ``whsec_`` and base64, or any text, which is taken as it is.
    """
    content = f"{id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            pass  # then it is a text that happens to begin so
    return secret.encode()
