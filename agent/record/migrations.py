"""The record's tables, and how an older file gets them.

`PRAGMA user_version` is the number of migrations a file has had. Each runs in one
transaction with its number, so that a file is never between two of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import Misconfigured
from agent.record.sqlite import sqlite3, transaction

if TYPE_CHECKING:
    from sqlite_utils import Database


class Newer(Misconfigured):
    """A newer tonny-agent made the record."""


class Foreign(Misconfigured):
    """It is a database, and none of ours."""


# sqlite-utils cannot say CHECK or AUTOINCREMENT; these tables need them.
_CONVERSATIONS = """
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    timestamp TEXT NOT NULL,  -- ISO 8601, UTC, milliseconds, Z
    type TEXT NOT NULL
        CHECK (type IN ('transcription', 'response', 'tts', 'error', 'system')),
    content TEXT NOT NULL,
    metadata TEXT NOT NULL    -- a JSON object
)
"""
_OUTBOX = """
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,  -- the idempotency key
    lane TEXT NOT NULL DEFAULT 'mind',
    body TEXT NOT NULL,       -- JSON of agent.ports.Question
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'answered', 'refused', 'expired')),
    settled_at TEXT
)
"""
_ATTEMPTS = """
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,         -- ISO 8601, UTC, milliseconds, Z
    request TEXT NOT NULL,    -- the idempotency key: outbox.id
    peer TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    latency REAL NOT NULL,    -- seconds
    sent INTEGER NOT NULL,    -- bytes
    received INTEGER NOT NULL,
    error TEXT NOT NULL
)
"""
_LETTERS = """
CREATE TABLE letters (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,  -- the id of the event, and of the message
    key TEXT NOT NULL,        -- the routing key
    body BLOB NOT NULL,
    at REAL NOT NULL
)
"""
# The index of `agent.record.search`: words only, the text stays in its table.
_SAID = """
CREATE VIRTUAL TABLE said USING fts5 (
    content, content = 'conversations', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
)
"""
_KEEP_SAID = (
    """
    CREATE TRIGGER said_added AFTER INSERT ON conversations BEGIN
        INSERT INTO said (rowid, content) VALUES (new.id, new.content);
    END
    """,
    """
    CREATE TRIGGER said_removed AFTER DELETE ON conversations BEGIN
        INSERT INTO said (said, rowid, content) VALUES ('delete', old.id, old.content);
    END
    """,
    """
    CREATE TRIGGER said_changed AFTER UPDATE ON conversations BEGIN
        INSERT INTO said (said, rowid, content) VALUES ('delete', old.id, old.content);
        INSERT INTO said (rowid, content) VALUES (new.id, new.content);
    END
    """,
)
_SEEN = "CREATE TABLE seen (id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID"


def _make_the_record(db: Database) -> None:
    db.execute(_CONVERSATIONS)
    db.table("metrics").create(
        {
            "id": int,
            "timestamp": str,
            "metric_name": str,
            "metric_value": float,
            "metadata": str,
        },
        pk="id",
        not_null={"timestamp", "metric_name", "metadata"},
    )
    db.table("events").create(
        {
            "id": int,
            "at": float,
            "session_id": str,
            "turn": int,
            "type": str,
            "body": str,
        },
        pk="id",
        not_null={"at", "session_id", "type", "body"},
    )
    db.table("conversations").create_index(["session_id", "timestamp"])
    db.table("conversations").create_index(["type"])
    db.table("metrics").create_index(["metric_name", "timestamp"])
    db.table("events").create_index(["session_id", "type", "turn"])


def _make_the_outbox(db: Database) -> None:
    db.execute(_OUTBOX)
    db.execute(
        "CREATE INDEX idx_outbox_pending ON outbox (lane, seq) WHERE state = 'pending'"
    )


def _make_what_is_known_of_requests(db: Database) -> None:
    db.execute(_ATTEMPTS)
    db.execute("CREATE INDEX idx_attempts_at ON attempts (at)")
    db.execute(_SEEN)


def _make_the_letterbox(db: Database) -> None:
    db.execute(_LETTERS)


def _index_what_was_said(db: Database) -> None:
    db.execute(_SAID)
    for trigger in _KEEP_SAID:
        db.execute(trigger)
    db.execute("INSERT INTO said (said) VALUES ('rebuild')")


MIGRATIONS = (
    _make_the_record,
    _make_the_outbox,
    _make_what_is_known_of_requests,
    _make_the_letterbox,
    _index_what_was_said,
)
SCHEMA = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the database at *path* to `SCHEMA`.

    Raises `Newer` for a newer one, and `Foreign` for a database that is not ours.
    """
    while schema_version(connection, path) < SCHEMA:
        _migrate_once(connection, path)


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """How many migrations *path* has had; `Newer` if more than we know."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise Newer(
            f"{path} has schema version {version}, and this tonny-agent knows"
            f" {SCHEMA}: a newer tonny-agent wrote it. Update this one,"
            " or choose another folder with --data-dir."
        )
    return int(version)


def _migrate_once(connection: sqlite3.Connection, path: Path) -> None:
    import sqlite_utils  # 25 MB: only when there is something to migrate

    with transaction(connection):
        version = schema_version(connection, path)
        if version == SCHEMA:
            return  # another process was quicker
        if (
            version == 0
            and connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        ):
            raise Foreign(
                f"{path} is a database that tonny-agent did not make. Move it away,"
                " or choose another folder with --data-dir."
            )
        db = sqlite_utils.Database(
            connection, execute_plugins=False, recursive_triggers=False
        )
        MIGRATIONS[version](db)
        connection.execute(f"PRAGMA user_version = {version + 1}")
