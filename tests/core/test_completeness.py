import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.completeness import Completeness, Reading, reading

COMPLETE = (
    "What time is it?",
    "Turn on the lights in the kitchen.",
    "What are you looking for?",
    "Where is it from?",
    "Yes.",
    "Stop!",
    "Good morning.",
    "I would like a cup of tea.",
    "Is it raining?",
    "If it rains tomorrow, wake me at six o'clock.",
)
INCOMPLETE = (
    "Turn on the",
    "Turn on the.",
    "I would like to go to",
    "Put milk and",
    "Put milk and.",
    "My number is four five.",
    "My number is 45.",
    "Well,",
    "I was thinking that...",
    "Remind me to -",
    "Um.",
)
UNCLEAR = (
    "",
    "Turn it on.",
    "That is it.",
    "If it rains tomorrow.",
    "Kitchen.",
    "hello there",
    "Lights",
    "Is that the?",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, "complete") for text in COMPLETE),
        *((text, "incomplete") for text in INCOMPLETE),
        *((text, "unclear") for text in UNCLEAR),
    ],
)
def test_a_text_reads_as_people_would_read_it(text: str, expected: Reading) -> None:
    assert reading(text) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Mach das Licht in der.", "de", "incomplete"),
        ("Mach das Licht an.", "de", "complete"),
        ("Je voudrais aller à.", "fr", "incomplete"),
        ("Quelle heure est-il ?", "fr", "complete"),
        ("Quiero ir a.", "es", "incomplete"),
        ("He said that we die.", "en", "complete"),
    ],
)
def test_each_language_has_words_of_its_own(
    text: str, language: str, expected: Reading
) -> None:
    assert reading(text, language) == expected


@given(st.text(max_size=60), st.sampled_from([None, "en", "de", "xx"]))
def test_any_text_reads_somehow(text: str, language: str | None) -> None:
    assert reading(text, language) in {"complete", "incomplete", "unclear"}


@given(st.text(st.characters(categories=["L"]), min_size=1))
def test_a_comma_is_not_the_end(text: str) -> None:
    assert reading(f"{text},") != "complete"


def test_a_pause_is_as_long_as_the_text_suggests() -> None:
    policy = Completeness(complete_ms=400, incomplete_ms=1000)
    assert policy.hangover_ms("What time is it?", "en") == 400
    assert policy.hangover_ms("What time is the", "en") == 1000
    assert policy.hangover_ms("Kitchen.", None) is None
