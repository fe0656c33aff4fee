import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.selfecho import is_echo

SAID = "The light in the kitchen is on. Do you want the other light on or off?"


@pytest.mark.parametrize(
    "heard",
    [
        "the light in the kitchen is on",
        "The light in the kitchen is on. Do you want",
        "in the kitten is on",  # misheard
        "kitchen is",
        "do you want the other light",
    ],
)
def test_our_own_words_are_an_echo(heard: str) -> None:
    assert is_echo(heard, SAID)


@pytest.mark.parametrize(
    "heard",
    [
        "off",
        "the light off please",
        "no, leave it",
        "turn it off in the kitchen",
        "stop",
        "what do you mean by the other one",
        "",
        "...",
    ],
)
def test_an_answer_is_none(heard: str) -> None:
    assert not is_echo(heard, SAID)


def test_nothing_is_an_echo_of_silence() -> None:
    assert not is_echo("the light is on", "")


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared(heard: str, said: str) -> None:
    assert is_echo(heard, said) in {True, False}
