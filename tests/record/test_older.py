"""Data folders that older versions of Tonny have really written."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.record.migrations import SCHEMA
from agent.record.sqlite import sqlite3
from agent.record.store import open_store
from tests.e2e.agent_process import run_agent
from tests.record.conversations import looking_into

OLDER = sorted(Path(__file__).with_name("older").glob("schema-*.sql"))
"""Each as `sqlite3 tonny.db .dump` has it, and the version of its schema."""


@pytest.fixture(params=OLDER, ids=lambda file: file.stem)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "tonny.db"
    with closing(sqlite3.connect(path)) as record:
        record.executescript(request.param.read_text("utf-8"))
    return path


def rows(path: Path) -> dict[str, list[Any]]:
    """All rows of all tables but those of the search index, which is made anew."""
    with looking_into(path) as record:
        tables = record.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'said%'"
        ).fetchall()
        # S608: the names are the record's own
        return {
            name: record.execute(f"SELECT * FROM {name} ORDER BY id").fetchall()  # noqa: S608
            for (name,) in tables
        }


async def test_every_row_is_kept(older: Path) -> None:
    before = rows(older)
    assert len(before["conversations"]) > 20
    async with open_store(older, mend=True) as store:
        assert store.replaced is None
    after = rows(older)
    for table, kept in before.items():
        assert [row[: len(kept[0])] for row in after[table]] == kept, table
    with looking_into(older) as record:
        assert record.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def test_the_user_finds_what_was_said_then(older: Path) -> None:
    folder = ["--data-dir", older.parent]
    assert run_agent("ask", "hello again", "--speaker", "none", *folder).returncode == 0
    log = run_agent("log", "--limit", 1000, *folder).stdout.decode()
    assert "hello again" in log
    found = run_agent("log", "what", "do", *folder).stdout.decode()
    assert "what can you do?" in found
    assert "hello again" not in found


def test_there_is_one_of_each_schema_that_was_released() -> None:
    found = {int(file.stem.removeprefix("schema-")) for file in OLDER}
    assert found == set(range(2, SCHEMA))
