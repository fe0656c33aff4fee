"""What is written, as it is read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.speaking.readable import reader

ENGLISH = reader("en")
GERMAN = reader("de")

WRITTEN = st.lists(
    st.sampled_from(
        [
            *(
                "$29.50",
                "€1",
                "5 km",
                "21°C",
                "3.30 p.m.",
                "15:00",
                "2026-11-24",
                "1/2",
            ),
            *("1,234", "007", "1990s", "3rd", "#5", "~5", "-5", "10–15", "5%", "2½"),
            *(
                "https://a.example/b",
                "a@b.example",
                "e.g.",
                "Dr. X",
                "&",
                "=",
                "😀",
                "\x00",
            ),
            *("\ud800", "\u202e", "word", "٣", "²", "0" * 400, "9" * 40, "1.2.3", "."),
        ]
    ),
    max_size=12,
).map(" ".join)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "Dr. Smith paid $29.50 at 3.30 p.m.",
            "Doctor Smith paid twenty-nine dollars and fifty cents at three thirty PM.",
        ),
        (
            "It costs $5 million, €3.2bn, £1 or $0.99.",
            (
                "It costs five million dollars, three point two billion euros, one pound or"
                " ninety-nine cents."
            ),
        ),
        (
            "It's 21°C, 70 °F, -5 degrees and 3.5 %.",
            (
                "It's twenty-one degrees Celsius, seventy degrees Fahrenheit, minus five"
                " degrees and three point five percent."
            ),
        ),
        (
            "10–15 km/h for 1 km in 3 min.",
            "ten to fifteen kilometers per hour for one kilometer in three minutes.",
        ),
        (
            "On 2026-11-24 at 15:00, at 9:05 am, on Nov. 3.",
            (
                "On November twenty-fourth, twenty twenty-six at fifteen hundred, at nine oh"
                " five AM, on November third."
            ),
        ),
        (
            "1914–1918, in 1984, the 1990s, the 21st.",
            (
                "nineteen fourteen to nineteen eighteen, in nineteen eighty-four, the"
                " nineteen nineties, the twenty-first."
            ),
        ),
        ("Call 555-1234.", "Call five five five, one two three four."),
        (
            "Version 1.2.3 for 1,200 people.",
            "Version one point two point three for one thousand two hundred people.",
        ),
        (
            "See https://www.example.com/a/b?c=d, or mail anna@example.com.",
            "See example dot com, or mail anna at example dot com.",
        ),
        (
            "e.g. 3/4 cup & 2½ eggs",
            "for example, three quarters cup and two and a half eggs",
        ),
        ("5 * 3 = 15", "five times three equals fifteen"),
        ("No. 7 of GPT-4, MP3 and 4K", "number seven of GPT-four, MP3 and 4K"),
        ("Great 😀👍🏽 job! 🇩🇪", "Great job!"),
        ("Hi\x00\u202e you", "Hi you"),
    ],
)
def test_english_is_read_as_one_would_say_it(written: str, read: str) -> None:
    assert ENGLISH(written) == read


def test_other_languages_keep_their_numbers() -> None:
    written = "Am 3. Oktober 😀 kostet es 29,50 €, siehe https://a.example/b."
    assert GERMAN(written) == "Am 3. Oktober kostet es 29,50 €, siehe a.example."
    assert reader("")("3 & 4") == "3 & 4"
    assert reader("en-GB")("3 & 4") == "three and four"


def test_letters_that_join_keep_their_joiner() -> None:
    assert GERMAN("می\u200cخواهم") == "می\u200cخواهم"


@pytest.mark.parametrize(
    "nothing", ["", " ", "😀😀", "...", "\x00\x01", "\u200d\ufe0f", "?!"]
)
def test_what_has_no_sound_is_not_read(nothing: str) -> None:
    assert ENGLISH(nothing) == GERMAN(nothing) == ""


@given(st.text() | WRITTEN)
def test_no_text_is_too_strange(written: str) -> None:
    for read in (ENGLISH(written), GERMAN(written)):
        assert read.isprintable()
        assert "  " not in read
        assert read == "" or any(map(str.isalnum, read))


@given(WRITTEN)
def test_what_is_read_has_no_more_to_be_read(written: str) -> None:
    once = ENGLISH(written)
    assert ENGLISH(once) == once
