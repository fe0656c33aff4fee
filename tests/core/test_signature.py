import base64

from hypothesis import given
from hypothesis import strategies as st

from agent.core.signature import sign

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
