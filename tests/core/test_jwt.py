import base64

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agent.core.jwt import LIVES, web_token


def test_it_is_what_the_reference_makes() -> None:
    """Made with PyJWT 2.10: ``jwt.encode(claims, "secret", "HS256")``."""
    token = web_token("secret", "tonny-agent", 1_700_000_000)
    head, claims, _ = token.split(".")
    assert head == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    padded = claims + "=" * (-len(claims) % 4)
    assert msgspec.json.decode(base64.urlsafe_b64decode(padded)) == {
        "iss": "tonny-agent",
        "iat": 1_700_000_000,
        "exp": 1_700_000_000 + LIVES,
    }


@given(st.text(min_size=1), st.integers(0, 2**40))
def test_each_passphrase_signs_in_its_own_way(passphrase: str, now: int) -> None:
    ours, theirs = (
        web_token(secret, "me", now) for secret in (passphrase, passphrase + "x")
    )
    assert ours.split(".")[:2] == theirs.split(".")[:2]
    assert ours != theirs
    assert set(ours) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )
