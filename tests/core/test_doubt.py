import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.doubt import SURE, doubt


@pytest.mark.parametrize(
    "text", ["", " ", "...", "[Music]", "(applause) *laughs*", "♪ la"]
)
def test_a_text_without_words_was_not_said(text: str) -> None:
    assert doubt(text, None, 0.45) == "no words in it"
    assert doubt(text, 1.0, 0.45) == "no words in it"


def test_what_the_recogniser_does_not_believe_itself_was_not_said() -> None:
    assert doubt("Turn left.", 0.44, 0.45) == "only 44% sure that it was speech"
    assert doubt("Turn left.", 0.45, 0.45) is None


@pytest.mark.parametrize(
    "text", ["You", "you.", " Thanks for watching! ", "[Music] You"]
)
def test_what_noise_becomes_was_not_said(text: str) -> None:
    assert doubt(text, None, 0.45) is not None
    assert doubt(text, SURE - 0.01, 0.45) is not None


def test_unless_the_recogniser_is_sure_of_it() -> None:
    assert doubt("Thanks for watching.", SURE, 0.45) is None


@pytest.mark.parametrize(
    "text", ["Thank you.", "Yes", "Stop.", "You are late.", "Play [some] music", "5"]
)
def test_what_people_say_was_said(text: str) -> None:
    assert doubt(text, None, 0.45) is None


@given(st.text(), st.none() | st.floats(0, 1), st.floats(0, 1))
def test_any_text_is_believed_or_doubted_in_words(
    text: str, confidence: float | None, least: float
) -> None:
    reason = doubt(text, confidence, least)
    assert reason is None or reason
