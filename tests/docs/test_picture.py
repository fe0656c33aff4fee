"""The moving picture of the README: how a terminal is read, and what is in the picture."""

import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from agent.cli.show import line as shown
from agent.events import Heard
from reference.picture import draw
from reference.terminal import Line, lines, record
from tests.docs.markdown import ROOT

SVG = "{http://www.w3.org/2000/svg}"


def test_what_is_written_over_goes_when_it_is_erased() -> None:
    pieces = [(1.0, "one"), (2.0, "\r\x1b[K"), (2.0, "two\r\n"), (3.0, "end\r\n")]
    assert [*lines(pieces, 80)] == [
        Line(0, "one", 1.0, 2.0),
        Line(0, "two", 2.0),
        Line(1, "end", 3.0),
    ]


def test_a_long_line_goes_on_in_the_next_row() -> None:
    assert [*lines([(0.0, "abcde\r\nf\r\n")], 3)] == [
        Line(0, "abc", 0.0),
        Line(1, "de", 0.0),
        Line(2, "f", 0.0),
    ]


def test_a_program_is_recorded_as_on_a_terminal(tmp_path: Path) -> None:
    program = "import sys; print('…', sys.stdout.isatty(), __import__('shutil')"
    program += ".get_terminal_size().columns)"
    command = [sys.executable, "-c", program]
    pieces = [*record(command, 77, tmp_path, os.environ | {"PYTHONUTF8": "1"})]
    assert "".join(text for _, text in pieces) == "… True 77\r\n"


def test_it_is_drawn_so_that_a_browser_can_read_it() -> None:
    picture = draw([Line(0, "a <b> & c", 0.0, 1.0), Line(0, "d", 1.0)])
    texts = [*ET.fromstring(picture).iter(f"{SVG}text")]  # noqa: S314 # ours
    assert [(text.text, text.get("class")) for text in texts] == [
        ("a <b> & c", "gone"),
        ("d", None),
    ]


def test_the_picture_of_the_readme_is_what_the_program_would_show() -> None:
    picture = ET.parse(ROOT / "docs/conversation.svg")  # noqa: S314 # ours
    stay = [each.text for each in picture.iter(f"{SVG}text") if not each.get("class")]
    for turn, question in enumerate(("What time is it?", "What can you do?"), start=1):
        heard = shown(Heard(turn, question, "moonshine", confidence=0.99))
        assert heard in stay
    assert "listening to agent/demo/question.wav (Ctrl-C ends)" in stay
