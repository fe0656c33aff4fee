import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.wording import shown, without_secrets


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ws://host/asr?token=abc&mode=full", "ws://host/asr?token=***&mode=***"),
        ("https://me:abc@host/a?b", "https://***@host/a?b"),
        ("amqp://a:b@c@host/%2f", "amqp://***@host/%2f"),
        ("a question? b=c", "a question? b=c"),
    ],
)
def test_an_address_is_shown_without_what_hides_in_it(address: str, said: str) -> None:
    assert without_secrets(address) == said
    assert shown(address) == f'"{said}"'


@given(st.text(max_size=70))
def test_a_text_is_shown_on_one_line(text: str) -> None:
    assert shown(text).isprintable()


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=70))
def test_a_text_is_shown_as_it_is_written(text: str) -> None:
    if "://" not in text:
        assert tomllib.loads(f"text = {shown(text)}") == {"text": text}


def test_a_long_text_is_shortened() -> None:
    assert shown("x" * 1_000_000) == f'"{"x" * 79}…"'
