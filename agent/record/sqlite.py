"""The one place that chooses and opens SQLite, and words its errors.

Two SQLite libraries in one process that have the same file open break each
other's locks, so we take the one that sqlite-utils takes: pysqlite3 where it is
installed (a SQLite without the WAL-reset bug of 3.7.0 to 3.51.2), else Python's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import AgentError, Misconfigured, Unavailable

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

__all__ = [
    "DATABASE",
    "Damaged",
    "connect",
    "connect_read_only",
    "sqlite3",
    "transaction",
    "wording_errors",
]


class Damaged(Misconfigured):
    """The database is not whole, or none at all."""


DATABASE = "tonny.db"
"""The record's name in the data folder."""

_BUSY = 1.0
"""Seconds to wait for another process's transaction, which takes milliseconds."""

_CACHED = 256
"""KiB of pages that a connection keeps in memory. What we read and write is close
together; SQLite's own 2000 would be filled in the course of a day, for nothing."""

_WARY = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
_DURABLE = "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"


def connect(path: Path) -> sqlite3.Connection:
    """A connection for any one thread at a time; transactions are explicit.

    FULL, because in WAL mode NORMAL loses acknowledged commits at a power failure.
    """
    connection = sqlite3.connect(
        path, timeout=_BUSY, isolation_level=None, check_same_thread=False
    )
    return _set_up(connection, _WARY + _DURABLE)


def connect_read_only(path: Path) -> sqlite3.Connection:
    """A connection to an existing record that cannot change it."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY, isolation_level=None)
    return _set_up(connection, _WARY)


def _set_up(connection: sqlite3.Connection, pragmas: str) -> sqlite3.Connection:
    try:
        connection.executescript(f"{pragmas} PRAGMA cache_size = -{_CACHED};")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Durable at the end of the block, or undone if it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def wording_errors(path: Path) -> Iterator[None]:
    """Raise `Unavailable` or `Misconfigured` for what the world does to a database.

    What remains (a constraint, a wrong statement) is a bug of ours.
    """
    try:
        yield
    except sqlite3.Error as exc:
        ours = _in_our_words(exc, path)
        if ours is None:
            raise
        raise ours from exc


def _in_our_words(exc: sqlite3.Error, path: Path) -> AgentError | None:
    # The low byte is the primary code: https://sqlite.org/rescode.html
    match getattr(exc, "sqlite_errorcode", 0) & 0xFF:
        case (
            sqlite3.SQLITE_BUSY
            | sqlite3.SQLITE_LOCKED
            | sqlite3.SQLITE_FULL
            | sqlite3.SQLITE_IOERR
            | sqlite3.SQLITE_CANTOPEN
            | sqlite3.SQLITE_NOMEM
            | sqlite3.SQLITE_PROTOCOL
        ):
            return Unavailable(f"the record {path} cannot be used now: {exc}")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return Damaged(
                f"{path} is damaged, or no database at all ({exc})."
                " tonny-agent run moves it aside, and goes on with the newest backup."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return Misconfigured(
                f"{path} cannot be written ({exc}). Make it and its folder yours,"
                " or choose another folder with --data-dir."
            )
        case _:
            return None
