from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ports import Mind, Question
from agent.thinking.builtin import CONNECT, HELP, Builtin, respond

AFTERNOON = datetime(2026, 11, 23, 15, 4)  # noqa: DTZ001 (what a clock on a wall shows)


def test_it_is_a_mind() -> None:
    mind: Mind = Builtin()
    assert mind.name == "builtin"


async def test_its_answer_is_one_part_and_of_this_moment() -> None:
    mind = Builtin(now=lambda: AFTERNOON)
    question = Question(
        id="1", turn=1, session="s", text="What time is it?", asked_at=0
    )
    async with mind.answer(question) as parts:
        assert [part async for part in parts] == ["It is 3:04 pm."]


@pytest.mark.parametrize(
    "text",
    [
        *("What time is it?", "what time is it", "WHAT TIME IS IT!", "what's the time"),
        *("So, what is the time?", "What’s the time?", "Tell me the time."),
        *("Do you know what time it is?", "Have you got the time, please?"),
    ],
)
def test_it_tells_the_time(text: str) -> None:
    assert respond(text, AFTERNOON) == "It is 3:04 pm."


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        (0, "12:04 am"),
        (1, "1:04 am"),
        (11, "11:04 am"),
        (12, "12:04 pm"),
        (23, "11:04 pm"),
    ],
)
def test_a_clock_has_twelve_hours(hour: int, told: str) -> None:
    assert respond("what time is it", AFTERNOON.replace(hour=hour)) == f"It is {told}."


@pytest.mark.parametrize(
    "text",
    [
        *("What day is it?", "what's the date", "Which day is it today?"),
        *(
            "What is today's date?",
            "tell me the date",
            "what is today",
            "What year is it?",
        ),
    ],
)
def test_it_tells_the_date(text: str) -> None:
    assert respond(text, AFTERNOON) == "It is Monday, November 23, 2026."


@pytest.mark.parametrize(
    "text", ["Help.", "help me", "What can you do?", "Who are you?", "Can you help me?"]
)
def test_it_helps(text: str) -> None:
    assert respond(text, AFTERNOON) == HELP


def test_it_is_polite() -> None:
    assert respond("Thank you very much.", AFTERNOON) == "You are welcome."
    assert respond("Hello, Tonny!", AFTERNOON).startswith("Hello!")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "I think of it all the time.",
            "What a lovely day it was.",
            "hello world of ours",
        ),
        *("The delivery date was a Monday.", "he could not help laughing"),
    ],
)
def test_anything_else_is_repeated_with_the_way_to_a_workflow(text: str) -> None:
    heard = text.rstrip(".")
    assert respond(text, AFTERNOON) == f"You said: {heard}. {CONNECT}"


@pytest.mark.parametrize("text", ["", " ", "…", "?!"])
def test_no_words_are_not_repeated(text: str) -> None:
    assert respond(text, AFTERNOON) == f"I heard no words. {CONNECT}"


@given(st.text(), st.datetimes())
def test_it_always_has_an_answer_in_whole_sentences(text: str, now: datetime) -> None:
    assert respond(text, now).endswith(".")
