import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.captions import WEBVTT, WIDTH, Cue, plain, srt, vtt, wrapped

TIMES = re.compile(r"(\d{2,}):(\d\d):(\d\d)[,.](\d{3})")
HURTING = "ab 09:.,-<>&;#\t\n\r\x00\x1b\x85\u2028\u200c\u00a0é漢字"
texts = st.text(HURTING, min_size=1).filter(plain) | st.text().filter(plain)
seconds = st.floats(0, 400_000)
cues = st.lists(st.tuples(seconds, seconds, texts), min_size=1)


def file(cue: Cue, said: list[tuple[float, float, str]]) -> list[list[str]]:
    """The lines of each cue, read as players do: an empty line ends one."""
    text = "".join(cue(*each) for each in said)
    assert text.endswith("\n\n")
    return [block.split("\n") for block in text.removesuffix("\n\n").split("\n\n")]


def milliseconds(time: str) -> int:
    found = TIMES.fullmatch(time)
    assert found is not None, time
    hours, minutes, seconds, thousandths = map(int, found.groups())
    assert minutes < 60
    assert seconds < 60
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def same(lines: list[str], text: str) -> bool:
    """But for where lines end, which may be within a long word."""
    return "".join(lines).replace(" ", "") == plain(text).replace(" ", "")


@given(cues)
def test_subrip_says_when_and_what_and_counts_from_one(
    said: list[tuple[float, float, str]],
) -> None:
    found = file(srt(), said)
    assert [block[0] for block in found] == [str(n + 1) for n in range(len(said))]
    for (_, times, *lines), (start, end, text) in zip(found, said, strict=True):
        first, last = times.split(" --> ")
        assert "," in first
        assert abs(milliseconds(first) - 1000 * start) <= 0.51
        assert milliseconds(last) > milliseconds(first)
        assert end <= start or milliseconds(last) >= 1000 * end - 0.51
        assert not any("-->" in line for line in lines)
        assert same(lines, plain(text).replace("-->", "→"))


@given(cues)
def test_webvtt_escapes_what_would_be_a_tag(
    said: list[tuple[float, float, str]],
) -> None:
    for (times, *lines), (start, _, text) in zip(file(vtt(), said), said, strict=True):
        first, last = times.split(" --> ")
        assert "." in first
        assert abs(milliseconds(first) - 1000 * start) <= 0.51
        assert milliseconds(last) > milliseconds(first)
        assert not any("<" in line or ">" in line for line in lines)
        assert same([unescape(line) for line in lines], text)


def test_both_to_the_letter() -> None:
    said = (3661.0004, 3662.9996, "Tom & Jerry <said>:\nyes")
    assert srt()(*said) == (
        "1\n01:01:01,000 --> 01:01:03,000\nTom & Jerry <said>: yes\n\n"
    )
    assert WEBVTT + vtt()(*said) == (
        "WEBVTT\n\n01:01:01.000 --> 01:01:03.000\nTom &amp; Jerry &lt;said&gt;: yes\n\n"
    )


def test_an_hour_has_more_than_two_digits_if_need_be() -> None:
    assert "100:00:00.000 --> 100:00:01.000" in vtt()(360_000, 360_001, "late")


@given(texts)
def test_no_line_is_too_long_and_none_is_empty(text: str) -> None:
    lines = wrapped(plain(text))
    assert all(0 < len(line) <= WIDTH and line == line.strip() for line in lines)


@given(st.lists(st.text("abc-'.", min_size=1, max_size=12), min_size=1))
def test_words_stay_whole(words: list[str]) -> None:
    assert " ".join(wrapped(" ".join(words))) == " ".join(words)


def test_lines_are_of_about_the_same_length() -> None:
    text = "the train that leaves at seven goes to London"
    assert wrapped(text) == ["the train that leaves", "at seven goes to London"]


def test_wide_characters_take_two_columns() -> None:
    assert {len(line) for line in wrapped("漢" * 42)} == {21}


@pytest.mark.parametrize("text", ["\x1b[2J", "a\x00b", "one\u2028two\r\n", "\x9b3m"])
def test_what_could_steer_a_terminal_is_left_out(text: str) -> None:
    assert plain(text).isprintable()
