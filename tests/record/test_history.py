from pathlib import Path
from typing import Any

import pytest

from agent.errors import Misconfigured
from agent.events import Event, Heard, Replied, Spoken, Timed
from agent.ports import Exchange
from agent.record.history import Wanted, open_history, recent, recent_exchanges
from agent.record.sqlite import sqlite3
from agent.record.store import open_store
from tests.record.conversations import (
    content,
    conversation,
    entries,
    looking_into,
    query,
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "tonny.db"
    async with open_store(path) as store:
        await store.write(entries(conversation(turns=3), session="abc"))
        await store.write(entries([Spoken(0, "hello", "pico", 0.5)], session="xyz"))
    return path


def told(path: Path, session: str = "", limit: int = 100, **wanted: Any) -> list[str]:
    with open_history(path) as record:
        assert record is not None
        remarks = recent(record, Wanted(session, **wanted), limit)
    return [f"{remark.type}: {remark.content}" for remark in remarks]


async def test_the_conversation_is_told_from_the_beginning(path: Path) -> None:
    assert told(path, "abc", 5) == [
        "response: answer 2",
        "transcription: question 3",
        "response: answer 3",
        "error: n8n is away: connection refused",
        "system: The session ended: done",
    ]


async def test_what_was_only_spoken_is_told_and_what_repeats_an_answer_is_not(
    path: Path,
) -> None:
    assert told(path, "xyz") == ["tts: hello"]
    assert "tts: answer 1" not in told(path)
    assert "tts: answer 1" in told(path, everything=True)


async def test_an_answer_tells_how_long_it_took_to_be_heard(path: Path) -> None:
    with open_history(path) as record:
        assert record is not None
        remarks = recent(record, Wanted("abc", everything=True), 100)
    took = {remark.seconds for remark in remarks if remark.type == "response"}
    assert took == {0.75}
    assert {remark.seconds for remark in remarks if remark.type != "response"} == {None}


async def test_looking_changes_nothing(path: Path) -> None:
    before = content(path)
    with open_history(path) as record:
        assert record is not None
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            record.execute("DELETE FROM conversations")
    assert content(path) == before


async def test_one_may_look_while_it_is_being_written(path: Path) -> None:
    async with open_store(path) as store:
        await store.write(entries([Heard(1, "now", "keyboard")], session="live"))
        assert told(path, "live") == ["transcription: now"]


def test_where_nothing_was_written_there_is_no_history(tmp_path: Path) -> None:
    with open_history(tmp_path / "tonny.db") as record:
        assert record is None
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "tonny.db").touch()
    with open_history(tmp_path / "tonny.db") as record:
        assert record is None


async def test_a_newer_record_is_not_guessed_at(path: Path) -> None:
    with looking_into(path) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(Misconfigured, match="newer tonny-agent"), open_history(path):
        pass


def test_a_record_that_cannot_be_looked_for_is_named(tmp_path: Path) -> None:
    nowhere = tmp_path / ("x" * 300) / "tonny.db"
    with pytest.raises(Misconfigured, match="cannot be read"), open_history(nowhere):
        pass


async def test_the_mind_can_be_told_what_was_said_before(tmp_path: Path) -> None:
    path = tmp_path / "tonny.db"
    async with open_store(path) as store:
        said: list[Event] = [
            Heard(1, "first", "keyboard"),
            Heard(2, "never answered", "keyboard"),
            Replied(1, "one", "n8n"),
            Heard(3, "third", "keyboard"),
            Replied(3, "three", "n8n"),
            Timed(3),
        ]
        await store.write(entries(said, session="X"))
        await store.write(entries([Replied(1, "other", "n8n")], session="Y"))
        exchanges = await store.read(lambda c: recent_exchanges(c, "X", 6))
        last = await store.read(lambda c: recent_exchanges(c, "X", 1))
    assert exchanges == (Exchange("first", "one"), Exchange("third", "three"))
    assert last == (Exchange("third", "three"),)
    assert query(path, "SELECT count(*) FROM events") == [(7,)]
