import csv
import json
import re
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from markdown_it import MarkdownIt

from agent.cli.export import Format, export
from agent.cli.log import log
from agent.errors import Misconfigured
from agent.events import Event, Heard, Replied, Unanswered
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from tests.record.conversations import NOON, conversation, entries

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def somewhere() -> Iterator[None]:
    """An hour ahead of UTC, so that local time is seen to be local."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Etc/GMT-1")
        time.tzset()
        yield
    time.tzset()


def write(
    folder: Path, events: list[Event], session: str = "3f2a90", start: float = NOON
) -> None:
    async def write() -> None:
        async with open_store(folder / DATABASE) as store:
            await store.write(entries(events, session, start))

    trio.run(write)


def said(*texts: str) -> list[Event]:
    return [Heard(n, text, "moonshine") for n, text in enumerate(texts, 1)]


def cells(folder: Path) -> list[str]:
    """What a program that reads the table finds of what was said."""
    file = folder / "table.csv"
    export(file, format="csv", force=True, data_dir=folder)
    with file.open(encoding="utf-8", newline="") as table:
        return [row["content"] for row in csv.DictReader(table)]


def test_programs_get_all_that_is_known(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, conversation(turns=2))
    assert log(limit=1000, json=True, data_dir=tmp_path) == 0
    rows = capsys.readouterr().out
    assert export(data_dir=tmp_path) == 0
    exported = capsys.readouterr().out
    assert exported == rows
    assert json.loads(exported.splitlines()[1])["metadata"]["confidence"] == 0.1


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_what_is_exported_may_be_chosen(
    tmp_path: Path, capsys: Output, format: Format
) -> None:
    write(tmp_path, said("early"))
    write(tmp_path, [*said("late"), Unanswered(1, "a", "gone")], start=NOON + 86_400)
    day = "2026-11-24"
    export(format=format, since=day, type="transcription", data_dir=tmp_path)
    assert re.findall("early|late|gone", capsys.readouterr().out) == ["late"]


def test_a_table_holds_any_text_as_it_is(tmp_path: Path) -> None:
    texts = ['a, "b"; c', "two\nlines", "tab\tinside", "naïve 日本 🎈", "1 - 1 = 0"]
    write(tmp_path, said(*texts))
    assert cells(tmp_path) == texts


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_table_computes_nothing(tmp_path: Path, begin: str) -> None:
    write(tmp_path, said(f'{begin}HYPERLINK("http://evil","x")'))
    assert cells(tmp_path) == [f'\'{begin}HYPERLINK("http://evil","x")']


def test_people_get_a_conversation(tmp_path: Path, capsys: Output) -> None:
    eve = NOON + 11 * 3600 - 2  # two seconds before midnight, local time
    write(tmp_path, conversation(), start=eve)
    write(tmp_path, [Replied(1, "one\n\ntwo", "n8n")], "b_b", start=eve + 60)
    assert export(format="md", data_dir=tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "# Conversation",
        "",
        "## Session 3f2a90",
        "",
        "### 2026-11-23",
        "",
        "23:59:58 **System:** tonny-agent 0.1.0 started",
        "",
        "23:59:59 **You:** question 1",
        "",
        "### 2026-11-24",
        "",
        "00:00:01 **Tonny:** answer 1",
        "",
        "00:00:04 **Error:** n8n is away: connection refused",
        "",
        "00:00:06 **System:** The session ended: done",
        "",
        "## Session b\\_b",
        "",
        "### 2026-11-24",
        "",
        "00:00:58 **Tonny:** one\\",
        "two",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "*a* _b_ `c` ~~d~~ **e** \\* $x$",
        "[x](javascript:alert) ![y](z) <script>alert(1)</script> &lt;",
        "x\n# heading\n- item\n+ item\n1. one\n23) two\n===\n---\n> quote\n| a | b |",
        "x\n    code\n\n\n```\nfence\n```",
        "trailing \\",
        "escape \x1b[2J",
    ],
)
def test_what_was_said_is_no_markup(tmp_path: Path, capsys: Output, text: str) -> None:
    """A reader of Markdown finds a single paragraph, with the text in it."""
    write(tmp_path, said(text))
    export(format="md", data_dir=tmp_path)
    tokens = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse(capsys.readouterr().out)
    )
    assert [token.type for token in tokens[9:]] == [
        *("paragraph_open", "inline", "paragraph_close")
    ]
    children = tokens[10].children or []
    assert {token.type for token in children} <= {
        *("text", "text_special", "strong_open", "strong_close", "hardbreak")
    }
    shown = "".join(
        "\n" if token.type == "hardbreak" else token.content for token in children
    )
    lines = [" ".join(line.split()) for line in text.split("\n")]
    told = "\n".join(filter(None, lines)).replace("\x1b", "\ufffd")
    assert shown == f"13:00:00 You: {told}"


def test_a_file_is_for_its_owner_and_never_overwritten(
    tmp_path: Path, capsys: Output
) -> None:
    write(tmp_path, said("hello"))
    file = tmp_path / "out.jsonl"
    assert export(file, data_dir=tmp_path) == 0
    assert capsys.readouterr().out == f"1 row written to {file}.\n"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("mine", "utf-8")
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match="--force replaces it"):
        export(file, data_dir=tmp_path)
    assert file.read_text("utf-8") == "mine"
    assert export(file, force=True, data_dir=tmp_path) == 0
    assert json.loads(file.read_text("utf-8"))["content"] == "hello"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database" * 1000)
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("mine", "utf-8")
    for file, force in ((old, True), (new, False)):
        with pytest.raises(Misconfigured, match="damaged"):
            export(file, force=force, data_dir=tmp_path)
    assert old.read_text("utf-8") == "mine"
    assert {each.name for each in tmp_path.iterdir()} == {DATABASE, "old"}


@pytest.mark.parametrize("place", [".", "absent/file"])
def test_where_no_file_can_be_is_told(tmp_path: Path, place: str) -> None:
    with pytest.raises(Misconfigured, match=r"no file|cannot be written"):
        export(tmp_path / place, force=True, data_dir=tmp_path)


def test_before_the_first_word_there_is_nothing(tmp_path: Path, capsys: Output) -> None:
    assert export(data_dir=tmp_path) == 0
    assert capsys.readouterr() == ("", "Nothing has been said yet.\n")
    assert not (tmp_path / DATABASE).exists()


def test_a_long_record_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path, said(*("a" * 4000 + str(n) for n in range(3000))))
    file = tmp_path / "out.md"
    export(tmp_path / "first", data_dir=tmp_path)  # what is only loaded once
    tracemalloc.start()
    export(file, format="md", data_dir=tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.read_text("utf-8").count("**You:**") == 3000
    assert peak < file.stat().st_size / 2


def test_any_locale_will_do(tmp_path: Path) -> None:
    write(tmp_path, said("naïve 日本"))
    done = subprocess.run(
        [sys.executable, "-m", "agent", "export", "--data-dir", str(tmp_path)],
        capture_output=True,
        check=True,
        env={"PYTHONIOENCODING": "ascii", "HOME": str(tmp_path)},
    )
    assert json.loads(done.stdout)["content"] == "naïve 日本"
