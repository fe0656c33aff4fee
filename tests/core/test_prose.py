"""Markdown: its marks go, its words stay, however it is cut into pieces."""

import string
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.core.prose import Prose

PIECES = st.sampled_from(
    [
        *(
            "# ",
            "## ",
            "- ",
            "* ",
            "+ ",
            "> ",
            "1. ",
            "- [x] ",
            "---",
            "***",
            "===",
            "#",
        ),
        *("```", "```python", "~~~", "`", "``", "|", "| a | b |", "|---|---|"),
        *("**", "*", "_", "__", "~~", "~", "\\", "!", "![", "[", "](", ")", "]", "("),
        *("<b>", "</b>", "<br>", "<", ">", "<!-- x -->", "<think>", "</think>", "<!"),
        *("\n", "\n\n", " ", "  ", "\t", "\r\n", "word", "Word.", "5", "[1]", "[^n]"),
        *("http://a.example/b_c", "snake_case", "5 * 3", "é", "—", "•", "\x00"),
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


def said(text: str, cuts: Iterable[int] = ()) -> str:
    prose = Prose()
    edges = [0, *sorted({c for c in cuts if 0 < c < len(text)}), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    return "".join([*map(prose.feed, pieces), prose.flush()])


@given(TEXTS, st.lists(st.integers(0, 200)))
@example("- [link](http://a.example) x", [3])
@example("a\n* * *\nb", [3])
def test_it_does_not_matter_how_the_text_is_cut(text: str, cuts: list[int]) -> None:
    assert said(text, cuts) == said(text)
    assert said(text, range(len(text))) == said(text)


@given(st.text(string.ascii_letters + string.digits + " .,;:?()'\"$%&/@éß—\n"))
def test_plain_words_are_not_changed(text: str) -> None:
    assert said(text).split() == text.split()


@pytest.mark.parametrize(
    ("markdown", "prose"),
    [
        ("**Note**: it is *very* __cold__ today.", "Note: it is very cold today."),
        ("Use `print()` or ``a`b``.", "Use print() or ab."),
        ("~~Old~~ new, ~5 of them.", "Old new, ~5 of them."),
        ("See [the page](https://a.example/x_(y)).", "See the page."),
        ("See [**the** page][ref], [a] and [x].", "See the page, [a] and [x]."),
        ("![A cat](cat.png) sits.", "A cat sits."),
        ("It is so.[1] And so.[^note]", "It is so. And so."),
        ("Wow! [Done](x)!", "Wow! Done!"),
        ("5 * 3 is 15, 2*3 is 6.", "5 * 3 is 15, 2*3 is 6."),
        ("The snake_case of __init__.", "The snake_case of init."),
        (r"\*Not\* bold \\ at all, C:\dir", r"*Not* bold \ at all, C:dir"),
        (
            "a <b>bold</b> word<br>and <https://a.example>",
            "a bold word and https://a.example",
        ),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<think>Hmm, a < b.\nWell.</think>Yes.", "Yes."),
        ("Before <!-- not this --> after", "Before after"),
        ("> Quoted\n> twice", "Quoted twice"),
        ("2026 was\n---\nfine", "2026 was fine"),
        ("-5 degrees\n+1 more\n#1 in town", "-5 degrees +1 more #1 in town"),
    ],
)
def test_marks_are_not_said(markdown: str, prose: str) -> None:
    assert " ".join(said(markdown).split()) == prose


def test_headings_items_and_rows_are_sentences_of_their_own() -> None:
    markdown = """# Shopping
- milk
- [x] **eggs**!
* bread:
1. first

| Name | Price |
|------|------:|
| Tea  | $3    |
"""
    assert said(markdown).split("\n\n") == [
        " Shopping.",
        "milk.",
        "eggs!",
        "bread:",
        "1. first",
        "Name, Price.",
        "Tea, $3.",
        "",
    ]


def test_blocks_of_code_are_left_out() -> None:
    assert said("Run this:\n```sh\nrm -rf *\n```\nDone.") == "Run this:\nDone."
    assert said("Run:\n~~~\n```\n~~~\nDone.") == "Run:\nDone."
    assert said("```x = 1``` it is.") == "x = 1 it is."
    assert said("So:\n```\nnever closed\nat all") == "So:\n"


def test_words_are_said_before_the_line_ends() -> None:
    prose = Prose()
    assert prose.feed("This is **ve") == "This is ve"
    assert prose.feed("ry** good! And") == "ry good! And"
    assert prose.feed("\n- an it") == "\nan it"
    assert prose.feed("em\n") == "em.\n\n"


def test_a_link_that_never_ends_is_plain_text() -> None:
    text = "[" + "word " * 1000
    assert said(text) == text
    assert said(text, range(0, len(text), 3)) == text
