import sys
from contextlib import closing
from pathlib import Path

import pytest

from agent.errors import Misconfigured
from agent.record import migrations
from agent.record.migrations import SCHEMA, migrate
from agent.record.sqlite import connect, sqlite3
from agent.record.store import open_store
from tests.record.conversations import (
    content,
    conversation,
    entries,
    looking_into,
    query,
)

SESSION = "SELECT * FROM conversations WHERE session_id = 'X' ORDER BY timestamp DESC LIMIT 10"
METRIC = (
    "SELECT * FROM metrics WHERE metric_name = 'health.n8n'"
    " ORDER BY timestamp DESC LIMIT 100"
)
CONFIDENCE = (
    "SELECT type, COUNT(*) AS count, AVG(json_extract(metadata, '$.confidence'))"
    " AS avg_confidence FROM conversations GROUP BY type"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tonny.db"


async def test_the_three_queries_of_the_users_give_the_right_rows(path: Path) -> None:
    async with open_store(path) as store:
        await store.write(entries(conversation(turns=4)))
        await store.write(entries(conversation(), session="Y"))
    rows = query(path, SESSION)
    assert [row[4] for row in rows] == [
        "The session ended: done",
        "n8n is away: connection refused",
        *("answer 4", "answer 4", "question 4"),
        *("answer 3", "answer 3", "question 3"),
        *("answer 2", "answer 2"),
    ]
    assert {row[1] for row in rows} == {"X"}
    assert rows[0][2] == "2026-11-23T12:00:23.000Z"
    about = '{"state":"away","session_id":"%s"}'
    assert [row[1:] for row in query(path, METRIC)] == [
        ("2026-11-23T12:00:22.000Z", "health.n8n", 0.0, about % "X"),
        ("2026-11-23T12:00:07.000Z", "health.n8n", 0.0, about % "Y"),
    ]
    assert query(path, CONFIDENCE) == [
        ("error", 2, None),
        ("response", 5, None),
        ("system", 4, None),
        ("transcription", 5, pytest.approx(0.22)),
        ("tts", 5, None),
    ]


async def test_each_of_the_three_queries_has_its_index(path: Path) -> None:
    async with open_store(path):
        plans = [
            " ".join(row[-1] for row in query(path, f"EXPLAIN QUERY PLAN {sql}"))
            for sql in (SESSION, METRIC, CONFIDENCE)
        ]
    assert "idx_conversations_session_id_timestamp" in plans[0]
    assert "idx_metrics_metric_name_timestamp" in plans[1]
    assert "idx_conversations_type" in plans[2]
    assert "TEMP B-TREE" not in " ".join(plans)


async def test_a_file_that_has_had_some_migrations_gets_the_others(path: Path) -> None:
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(migrations, "SCHEMA", 1)
        async with open_store(path) as store:
            await store.write(entries(conversation()))
    assert query(path, "PRAGMA user_version") == [(1,)]
    async with open_store(path):
        assert query(path, "PRAGMA user_version") == [(SCHEMA,)]
        assert query(path, "SELECT count(*) FROM outbox") == [(0,)]
        assert query(path, "SELECT count(*) FROM events") == [(9,)]


async def test_an_older_file_is_kept_for_whoever_goes_back(path: Path) -> None:
    """As docs/autostart.md has it: the older version goes on with all of its rows."""
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr(migrations, "SCHEMA", 4)
        async with open_store(path) as store:
            await store.write(entries(conversation()))
    with pytest.MonkeyPatch.context() as now:
        now.setattr("agent.record.store.SCHEMA", SCHEMA)
        async with open_store(path) as store:
            await store.write(entries(conversation(), session="later"))
    copy = path.parent / "backups" / "before-upgrade-schema-4.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    async with open_store(path):  # once is enough
        assert [each.name for each in copy.parent.iterdir()] == [copy.name]
    copy.replace(path)
    with pytest.MonkeyPatch.context() as back:
        back.setattr(migrations, "SCHEMA", 4)
        back.setattr("agent.record.store.SCHEMA", 4)
        async with open_store(path) as store:
            await store.write(entries(conversation(), session="again"))
        assert query(path, "PRAGMA user_version") == [(4,)]
        assert query(path, "SELECT count(*) FROM events") == [(18,)]


def test_a_migration_that_fails_leaves_nothing_behind(path: Path) -> None:
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            migrate(connection, path)
        assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
        connection.execute("PRAGMA max_page_count = 1000")
        migrate(connection, path)
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


async def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    with looking_into(path) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = content(path)
    with pytest.raises(Misconfigured) as refusal:
        async with open_store(path):
            pass
    for fact in (str(path), f"version {SCHEMA + 1}", f"knows {SCHEMA}", "newer"):
        assert fact in str(refusal.value)
    assert content(path) == before


async def test_a_database_of_someone_else_is_refused(path: Path) -> None:
    with looking_into(path) as foreign:
        foreign.execute("CREATE TABLE conversations (id, message)")
    with pytest.raises(Misconfigured, match="did not make"):
        async with open_store(path):
            pass
    assert query(path, "SELECT name FROM sqlite_master") == [("conversations",)]


async def test_types_outside_the_five_are_impossible(path: Path) -> None:
    async with open_store(path), open_store(path) as store:
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            await store.change(
                lambda connection: connection.execute(
                    "INSERT INTO conversations VALUES (1, 'X', '', 'gossip', '', '{}')"
                )
            )


async def test_both_we_and_sqlite_utils_use_one_library(path: Path) -> None:
    async with open_store(path):
        pass
    assert sys.modules["sqlite_utils.db"].sqlite3.connect is sqlite3.connect
