import re
import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.sentences import CLAUSE, LONGEST, SHORTEST, Sentences

# Hypothesis' own alphabet almost never ends a sentence.
PIECES = st.sampled_from(
    [
        *(
            '. "',
            '." ',
            "... ",
            "…",
            "!",
            "? ",
            "?!”) ",
            ".",
            " ",
            "\n",
            "\n\n",
            "\r\n",
        ),
        *("Dr. ", "p.m. ", "e.g. ", "No. 5", "1. ", "$29.50", "J. ", "etc. ", "I. "),
        *(", ", "; ", ": ", "—", "、", "。", "！」", "(", "[", "1", "10:30 ", "$1,234"),
        *(
            "word ",
            "Word ",
            "longer words than these ",
            "x" * 31,
            "é",
            "\u200b",
            "\x1c",
        ),
        *(" " * 30, "\n" * 5, "b" * 310, "\\", "🎉"),
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def spoken(text: str, cuts: Sequence[int] = ()) -> list[str]:
    """The sentences of *text* when it arrives in pieces that end at *cuts*."""
    sentences = Sentences()
    edges = [0, *sorted(cuts), len(text)]
    said = []
    for start, end in pairwise(edges):
        said += sentences.feed(text[start:end])
    return said + sentences.flush()


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(TEXTS)
@example("\n" * 5 + "x" * 310 + ". ")
def test_nothing_is_lost_and_nothing_is_too_long(text: str) -> None:
    said = spoken(text)
    assert bare("".join(said)) == bare(text)
    assert all(0 < len(sentence) <= LONGEST for sentence in said)


@given(TEXTS)
def test_sentences_are_on_one_line_with_single_spaces(text: str) -> None:
    assert all(sentence == " ".join(sentence.split()) for sentence in spoken(text))


@given(TEXTS)
def test_only_the_last_may_be_very_short(text: str) -> None:
    # A paragraph's break counts for two characters, and is said as one space.
    assert all(len(sentence) >= SHORTEST // 2 for sentence in spoken(text)[:-1])


@given(st.data(), TEXTS)
@example(None, "x " * 160 + " \n\n" + "y" * 20)
@example(None, '. ". ". ". ". ". ". "。. "')
@example(None, "x" * 299 + "." + " " * 40 + "\n\nNext one is here.")
def test_however_it_arrives_the_sentences_are_the_same(
    data: st.DataObject | None, text: str
) -> None:
    cuts = st.lists(st.integers(0, len(text)), max_size=30)
    whole = spoken(text)
    assert spoken(text, range(len(text))) == whole
    assert spoken(text, range(0, len(text), 3)) == whole
    if data is not None:
        assert spoken(text, data.draw(cuts)) == whole


@given(TEXTS, TEXTS)
def test_a_flush_is_a_new_beginning(first: str, second: str) -> None:
    sentences = Sentences()
    said = [*sentences.feed(first), *sentences.flush()]
    said += [*sentences.feed(second), *sentences.flush()]
    assert said == spoken(first) + spoken(second)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith paid $29.50 at 3.30 p.m. in the shop.", "Then he went home."],
        ["Dr. Smith paid $29.50 at 3.30 p.m.", "Then he went home."],
        ["He asked for Mr. Jones, e.g. by telephone, at No. 5 of the road.", "Yes."],
        ["The answer to the question is no.", "You cannot have it."],
        ["It was J. R. R. Tolkien of the U.K. Writers' Club.", "He wrote it all."],
        ["We sell apples, pears, etc. in the shop.", "We do not sell nuts."],
        ["We sell apples, pears, and nuts, etc.", "We do not sell oranges."],
        ["He was smaller than you and I.", "She was taller than that."],
        ['"Stop doing that now!" he said.', "(She did not stop it.)", "Never ever."],
        ["Well, I do not know... maybe you do.", "Wait a little while… and see."],
        ["What is going on in here?!", "Nothing is going on in here."],
        ["You need two things: 1. Take the milk out.", "2. Take the eggs out too."],
        ["There were fewer than 12.", "Nobody had counted them."],
        ["no capital letters here either.", "and it is all the same to me."],
        ["我今天早上去了市场买了很多水果和蔬菜，天气很好。", "你呢？"],
        ["他说：「今天的天气非常好，我们一起出去走走吧。」", "好。"],
        ["A heading without a stop", "And the paragraph below it."],
    ],
)
def test_it_knows_where_a_sentence_ends(sentences: list[str]) -> None:
    space = "" if "。" in sentences[0] else " "
    space = "\n\n" if "heading" in sentences[0] else space
    text = space.join(sentences)
    assert spoken(text, range(0, len(text), 3)) == sentences


@pytest.mark.parametrize(
    "pieces",
    [
        [
            "The weather is going to be fine today,",
            "and in the evening it may rain a little.",
            "Tomorrow, as far as anybody can tell by now, it will be the same again.",
        ],
        ["You will need these three things for it:", "flour, eggs, milk and sugar."],
        ["The old house by the river is gone—", "nobody knows where it went to."],
        # No number is cut, …
        [
            "The total of it all is $1,234 and not a cent more,",
            "as far as one can tell from here.",
        ],
        [
            "The train leaves at 10:30 from platform four;",
            "you should really be there soon.",
        ],
        [
            "In the long years of 1914—1918 there was no such thing,",
            "or nearly none that one can still find.",
        ],
        # … and no sentence that is over soon after.
        ["The light in the kitchen is on, and so is the other.", "Anything else?"],
        ["Dr. Smith paid $29.50 at 3.30 p.m.", "He left, and never once came back."],
    ],
)
def test_the_first_piece_of_an_answer_may_be_a_clause(pieces: list[str]) -> None:
    text = "".join(p if p.endswith("—") else p + " " for p in pieces)
    assert spoken(text) == pieces
    assert spoken(text, range(0, len(text), 3)) == pieces


def test_a_clause_is_said_before_its_sentence_has_come_to_an_end() -> None:
    sentences = Sentences()
    assert sentences.feed("The weather is going to be fine today, and in the e") == []
    assert sentences.feed("vening it may rain") == [
        "The weather is going to be fine today,"
    ]
    assert sentences.flush() == ["and in the evening it may rain"]


@given(TEXTS)
def test_what_is_left_of_a_sentence_cut_at_a_clause_is_not_short(text: str) -> None:
    said = spoken(text.replace("\n\n", " "))  # a paragraph's end may be near
    if len(said) > 1 and re.search(r"[,;:—]$", said[0]) and len(said[0]) < 200:
        assert len(said[0]) >= CLAUSE
        assert len(" ".join(said[1:])) >= CLAUSE


def test_a_sentence_is_said_as_soon_as_the_next_one_begins() -> None:
    sentences = Sentences()
    assert sentences.feed("This is the first sentence.") == []
    assert sentences.feed(" ") == []
    assert sentences.feed("T") == ["This is the first sentence."]


def test_very_short_sentences_are_said_together_with_the_next_one() -> None:
    assert spoken("Yes. No. Perhaps, if it does not rain. Well.") == [
        "Yes. No. Perhaps, if it does not rain.",
        "Well.",
    ]


def test_a_list_on_lines_keeps_its_numbers() -> None:
    assert spoken("Do these things today\n1. Buy milk.\n2. Call the plumber.") == [
        "Do these things today 1. Buy milk.",
        "2. Call the plumber.",
    ]


def test_a_paragraph_ends_even_after_an_abbreviation() -> None:
    assert spoken("He is known as the Dr.\n\nWho is he?") == [
        "He is known as the Dr.",
        "Who is he?",
    ]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("word " * 50 + "here, " + "word " * 50, "word " * 50 + "here,"),
        ("word " * 100, "word " * 60),
        ("w" * 400, "w" * 300),
        ("Oh, " + "w" * 400, "Oh, " + "w" * 296),
        ("word " * 50 + "on 10—11 " + "w" * 200, "word " * 50 + "on 10—11"),
        ("w" * 300 + " " + "w" * 300, "w" * 300),
        ("w" * 150 + "—" + "w" * 200, "w" * 150 + "—"),
        ("w" * 299 + ". " + "w" * 30, "w" * 299 + "."),
        ("word " * 60 + "stop. Next", "word " * 60),
    ],
)
def test_what_is_too_long_is_cut_where_it_hurts_least(text: str, first: str) -> None:
    assert spoken(text)[0] == first.strip()


def test_a_long_text_at_once_is_no_trouble() -> None:
    text = "This is one of very many sentences. " * 5000
    assert spoken(text) == ["This is one of very many sentences."] * 5000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It is noon. ", ["It is noon."]),
        ("Yes.", ["Yes."]),
        ('She said "no!"', ['She said "no!"']),
        ("现在是中午。", ["现在是中午。"]),
        ("It is half past", []),
        ("Ask Dr.", []),
        ("", []),
    ],
)
def test_in_a_lull_a_whole_sentence_is_given(text: str, said: list[str]) -> None:
    sentences = Sentences()
    assert sentences.feed(text) == []
    assert sentences.lull() == said
    assert sentences.feed(" And so on.") == []
    assert (text.strip() + " And so on.").endswith(sentences.flush()[0])


@pytest.mark.parametrize("text", ["。", ".", "?!", "…”", ".)"])
def test_a_run_of_stops_is_looked_at_once(text: str) -> None:
    """Looked at from each of them, it would take hundreds of times as long."""

    def taken(text: str) -> float:
        began = time.perf_counter()
        Sentences().feed(text)
        return time.perf_counter() - began

    length = 30_000
    plain = min(taken("and so on " * (length // 10)) for _ in range(3))
    assert taken(text * (length // len(text))) < 20 * plain
