import base64
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.signature import sign, sign_like_github, verify
from agent.errors import Refused

VECTOR = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
"""The example of the Standard Webhooks specification 1.0.0."""


def test_the_specifications_own_example() -> None:
    assert (
        sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", *VECTOR)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@given(st.binary(min_size=1))
def test_a_plain_secret_and_its_base64_are_the_same_key(key: bytes) -> None:
    text = key.hex()
    encoded = "whsec_" + base64.b64encode(text.encode()).decode()
    assert sign(text, *VECTOR) == sign(encoded, *VECTOR)


@given(st.text(min_size=1))
def test_any_text_can_be_a_secret(text: str) -> None:
    assert sign("whsec_!" + text, *VECTOR).startswith("v1,")


def test_whatever_is_signed_counts() -> None:
    identity, timestamp, body = VECTOR
    signatures = {
        sign("secret", identity, timestamp, body),
        sign("another", identity, timestamp, body),
        sign("secret", identity + "x", timestamp, body),
        sign("secret", identity, timestamp + 1, body),
        sign("secret", identity, timestamp, body + b" "),
    }
    assert len(signatures) == 5


def headers(
    key: str = "secret", id: str = "msg", at: int = 1000, body: bytes = b"{}"
) -> dict[str, str]:
    return {
        "webhook-id": id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(key, id, at, body),
    }


@given(st.text(min_size=1), st.text(min_size=1, alphabet=string.printable), st.binary())
def test_what_is_signed_is_believed(secret: str, id: str, body: bytes) -> None:
    signed = headers(secret, id, 1000, body)
    assert verify(["another", secret], signed, body, 1299) == id
    assert verify([secret], signed, body, 701) == id


def test_any_of_several_signatures_will_do() -> None:
    """As while a secret is changed at the other end."""
    signed = headers("new")
    old = headers("old")["webhook-signature"]
    signed["webhook-signature"] = f"v1a,abc {old} {signed['webhook-signature']}"
    assert verify(["new"], signed, b"{}", 1000) == "msg"


@pytest.mark.parametrize(
    ("changes", "body", "now"),
    [
        ({}, b"{ }", 1000),
        ({}, b"{}", 1301),
        ({}, b"{}", 699),
        ({"webhook-id": "other"}, b"{}", 1000),
        ({"webhook-id": ""}, b"{}", 1000),
        ({"webhook-timestamp": "1001"}, b"{}", 1000),
        ({"webhook-timestamp": "١٠٠٠"}, b"{}", 1000),
        ({"webhook-timestamp": "1e3"}, b"{}", 1000),
        ({"webhook-timestamp": "-1000"}, b"{}", 1000),
        ({"webhook-signature": ""}, b"{}", 1000),
        ({"webhook-signature": "v1"}, b"{}", 1000),
        ({"webhook-signature": "v1,abc"}, b"{}", 1000),
        ({"webhook-signature": "v1," + "A" * 5000}, b"{}", 1000),
        ({"webhook-signature": "v1,é"}, b"{}", 1000),
    ],
)
def test_anything_else_is_refused_in_one_way(
    changes: dict[str, str], body: bytes, now: float
) -> None:
    with pytest.raises(Refused) as refused:
        verify(["secret"], headers() | changes, body, now)
    assert str(refused.value) == "the signature is missing, wrong or too old"


def test_without_a_secret_nothing_is_believed() -> None:
    for secrets in ([], [""]):
        with pytest.raises(Refused):
            verify(secrets, headers(""), b"{}", 1000)


names = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"])


@given(st.dictionaries(names, st.text()), st.binary())
def test_nothing_that_arrives_raises_anything_else(
    given_headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(Refused):
        verify(["secret"], given_headers, body, 1000)


@given(st.binary(min_size=24, max_size=64), st.binary(), st.integers(0, 2**31))
def test_the_reference_library_agrees(key: bytes, body: bytes, at: int) -> None:
    library: Any = pytest.importorskip("standardwebhooks")
    text = body.hex()
    secret = "whsec_" + base64.b64encode(key).decode()
    from datetime import UTC, datetime

    theirs = library.Webhook(secret).sign("msg", datetime.fromtimestamp(at, UTC), text)
    assert theirs == sign(secret, "msg", at, text.encode())


def test_githubs_way() -> None:
    """The example of its documentation, "Validating webhook deliveries"."""
    assert sign_like_github("It's a Secret to Everybody", b"Hello, World!") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )
