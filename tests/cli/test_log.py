import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cyclopts
import pytest
import trio

from agent.cli.interpret import interpret
from agent.cli.log import log
from agent.errors import Misconfigured
from agent.events import Event, Heard, Replied
from agent.record.sqlite import DATABASE
from agent.record.store import open_store
from tests.record.conversations import conversation, entries

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def somewhere() -> Iterator[None]:
    """An hour ahead of UTC, so that local time is seen to be local."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Etc/GMT-1")
        time.tzset()
        yield
    time.tzset()


def write(folder: Path, events: list[Event], session: str = "3f2a90") -> None:
    async def write() -> None:
        async with open_store(folder / DATABASE) as store:
            await store.write(entries(events, session))

    trio.run(write)


def test_a_conversation_reads_like_one(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, conversation(turns=2))
    write(tmp_path, conversation(), session="77")
    assert log(limit=7, data_dir=tmp_path) == 0
    assert capsys.readouterr().out.splitlines() == [
        "-- session 3f2a90",
        "2026-11-23 13:00:11  !      n8n is away: connection refused",
        "2026-11-23 13:00:13         The session ended: done",
        "-- session 77",
        "2026-11-23 13:00:00         tonny-agent 0.1.0 started",
        "2026-11-23 13:00:01  You    question 1",
        "2026-11-23 13:00:03  Tonny  answer 1   (0.8 s)",
        "2026-11-23 13:00:06  !      n8n is away: connection refused",
        "2026-11-23 13:00:08         The session ended: done",
    ]


def test_programs_get_rows_with_their_metadata(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, conversation())
    assert log(session="3f", limit=4, json=True, data_dir=tmp_path) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["type"] for row in rows] == ["response", "tts", "error", "system"]
    assert rows[0] == {
        "id": 3,
        "session_id": "3f2a90",
        "timestamp": "2026-11-23T12:00:03.000Z",
        "type": "response",
        "content": "answer 1",
        "metadata": {
            "turn": 1,
            "mind": "n8n",
            "late": False,
            "interrupted": False,
        },
    }


def test_one_may_ask_for_a_single_session(tmp_path: Path, capsys: Output) -> None:
    write(tmp_path, [Heard(1, "here", "keyboard")], session="aa1")
    write(tmp_path, [Heard(1, "there", "keyboard")], session="bb1")
    assert log(session="bb", data_dir=tmp_path) == 0
    assert re.findall("here|there", capsys.readouterr().out) == ["there"]


@pytest.mark.parametrize("as_json", [False, True])
def test_before_the_first_word_there_is_nothing_to_show(
    tmp_path: Path, capsys: Output, *, as_json: bool
) -> None:
    folder = tmp_path / "data"
    assert log(data_dir=folder, json=as_json) == 0
    shown = capsys.readouterr()
    assert shown.out + shown.err == "Nothing has been said yet.\n"
    assert bool(shown.out) is not as_json
    assert not folder.exists()


def test_a_session_that_never_was_is_not_an_error(
    tmp_path: Path, capsys: Output
) -> None:
    write(tmp_path, conversation())
    assert log(session="zz", data_dir=tmp_path) == 0
    assert capsys.readouterr().out == "Nothing has been said in a session zz… yet.\n"


def test_an_answer_cannot_take_over_the_terminal(
    tmp_path: Path, capsys: Output
) -> None:
    hostile = "one\ntwo\x1b]0;owned\x07 \u202eexe.txt"
    write(tmp_path, [Replied(1, hostile, "n8n")])
    assert log(data_dir=tmp_path) == 0
    shown = capsys.readouterr().out
    assert "Tonny  one two�]0;owned� �exe.txt" in shown
    assert len(shown.splitlines()) == 2


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(Misconfigured, match=rf"{DATABASE} is damaged"):
        log(data_dir=tmp_path)


def test_its_help_shows_how_it_is_used(capsys: Output) -> None:
    app = cyclopts.App(name="tonny-agent", result_action="return_value")
    app.command(log)
    app(["log", "--help"])
    shown = capsys.readouterr().out
    assert "tonny-agent log --limit 50" in shown
    assert {"--session", "--limit", "--json", "--data-dir"} <= set(
        re.findall(r"--[a-z-]+", shown)
    )


def test_a_limit_is_at_least_one_row(tmp_path: Path, capsys: Output) -> None:
    assert interpret(["log", "--limit", "0", "--data-dir", str(tmp_path)]) == 2
    assert "--limit" in capsys.readouterr().err


def test_words_and_types_and_times_narrow_it_down(
    tmp_path: Path, capsys: Output
) -> None:
    write(tmp_path, conversation(turns=3))
    assert log("quest", "3", data_dir=tmp_path, json=True) == 0
    assert '"content":"question 3"' in capsys.readouterr().out
    assert log(type="error", data_dir=tmp_path) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert log(since="2026-11-23T12:00:16Z", data_dir=tmp_path, json=True) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert log("*", data_dir=tmp_path) == 0
    assert capsys.readouterr().out == "Nothing like that was found.\n"


def test_a_time_that_is_none_is_explained(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r'--since "soon" is no time: say how'):
        log(since="soon", data_dir=tmp_path)


def test_what_follows_is_shown_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, [Heard(1, "before", "keyboard")])
    command = [
        sys.executable,
        "-m",
        "agent",
        "log",
        "--follow",
        "--data-dir",
        f"{tmp_path}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        try:
            assert following.stdout is not None
            lines = [following.stdout.readline() for _ in range(2)]
            write(tmp_path, [Heard(2, "after", "keyboard")])
            lines.append(following.stdout.readline())
            following.send_signal(signal.SIGINT)
            assert following.wait() == 0
        finally:
            following.kill()
    assert [line.rpartition("  ")[2].strip() for line in lines[1:]] == [
        "before",
        "after",
    ]
