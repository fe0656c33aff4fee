"""Tells whether a file is a record that is whole."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from agent.errors import AgentError
from agent.record.migrations import SCHEMA
from agent.record.sqlite import Damaged, connect, sqlite3, wording_errors

_COLUMNS = {
    "conversations": "id, session_id, timestamp, type, content, metadata",
    "metrics": "id, timestamp, metric_name, metric_value, metadata",
    "events": "id, at, session_id, turn, type, body",
    "outbox": "seq, id, lane, body, created_at, attempts, last_error, state, settled_at",
    "attempts": "id, at, request, peer, method, url, status, latency, sent, received,"
    " error",
    "seen": "id, at",
    "letters": "seq, id, key, body, at",
}
"""What the latest schema has."""

_ANY = "SELECT {columns} FROM {table} LIMIT 0"

_SMALLEST = 512
"""Bytes of a page of SQLite, which takes less than one for an empty database."""

_FORMATS = {b"\1\1", b"\2\2"}
"""Who may read and write a database: with any other, SQLite takes it for read-only."""

_HEADING = "*** in database main ***\n"

_FAR = 1000
"""No later tonny-agent has that many more migrations: such a number is damage."""


def fault_of(path: Path, *, thorough: bool = True) -> str | None:
    """What is damaged in the record at *path*; None if nothing is, or if it is empty.

    Every page is read, some three seconds a gigabyte, or, unless *thorough*, only those
    of the schema and of what waits. A record of a newer tonny-agent, and a database that
    is none of ours, are not judged. Nothing is written but what is in its log. Raises
    `Unavailable` where the file cannot be read now.
    """
    size = path.stat().st_size
    if size < _SMALLEST:
        return f"only {size} bytes are left of it" if size else None
    with path.open("rb") as file:
        if file.read(20)[18:] not in _FORMATS:
            return "it is no database that this SQLite can write"
    try:
        # Not read-only: SQLite looks at no constraints then.
        with closing(connect(path)) as connection:
            return "; ".join(_faults(connection, thorough)) or None
    except sqlite3.Error as exc:
        # All that is asked can be answered, unless something is damaged.
        return damage(exc, path)


def damage(exc: sqlite3.Error, path: Path) -> str:
    """What *exc* says of a file that should be a record; raises what is no damage."""
    try:
        with wording_errors(path):
            raise exc
    except Damaged:
        return str(exc)
    except AgentError:
        raise
    except sqlite3.Error:
        return str(exc)


def _faults(connection: sqlite3.Connection, thorough: bool) -> Iterator[str]:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    found = {name for (name,) in names}
    if SCHEMA < version <= SCHEMA + _FAR or (found and not found & _COLUMNS.keys()):
        return
    if not 0 <= version <= SCHEMA or bool(version) != bool(found):
        yield f"its schema has the version {version}"
        return
    if version == SCHEMA:
        for table, columns in _COLUMNS.items():
            connection.execute(_ANY.format(columns=columns, table=table))
    # Of the outbox, its indexes too: a question that they do not find is never asked.
    checks = ["PRAGMA quick_check(1)"] if thorough else []
    if "outbox" in found:
        checks.append("PRAGMA integrity_check(outbox)")
    for check in checks:
        for (verdict,) in connection.execute(check):
            if verdict != "ok":
                yield str(verdict).removeprefix(_HEADING).partition("\n")[0]
                break
