"""Erases what was said, so that no byte of it is left in the data folder.

What a database deletes stays in free pages, in its log and in the index; what is copied
from it, in its backups. So rows are overwritten, the index is made anew, the log is
emptied, and the file is written again without gaps.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from agent.errors import Unavailable, translating
from agent.record.backups import FOLDER as BACKUPS
from agent.record.backups import back_up, backups
from agent.record.migrations import migrate
from agent.record.rescue import ASIDE
from agent.record.rows import iso
from agent.record.spool import FOLDER as SPEECH
from agent.record.sqlite import connect, sqlite3, transaction, wording_errors

_BEFORE = {
    "conversations": "timestamp < :iso",
    "events": "at < :at",
    "attempts": "at < :iso",
    "letters": "at < :at",
    "seen": "at < :at",
    "outbox": "created_at < :iso AND (:waiting OR state != 'pending')",
}
_FAR = 253_402_300_799.0
"""The last second that can be written down: everything was said before it."""

_DIGITS = 14
"""Of the name of a file of speech: the milliseconds at which it was said."""


class Extent(msgspec.Struct, frozen=True):
    """What is to be erased: what was said *before* a wall-clock time, or everything, and
    the questions that are *waiting*, too."""

    before: float | None = None
    waiting: bool = False

    @property
    def values(self) -> dict[str, object]:
        at = _FAR if self.before is None else max(0.0, self.before)
        return {"at": at, "iso": iso(at), "waiting": self.waiting}


class Erased(msgspec.Struct, frozen=True):
    """How many *rows* there were of it, and *files* with all in them."""

    rows: int
    files: int


def found(record: Path, extent: Extent, others: tuple[str, ...]) -> Erased:
    """What `erase` would erase."""
    rows = 0
    if record.exists():
        with wording_errors(record), closing(connect(record)) as connection:
            migrate(connection, record)
            for table, where in _BEFORE.items():
                sql = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 # ours
                rows += connection.execute(sql, extent.values).fetchone()[0]
    return Erased(rows, sum(1 for _ in _files(record.parent, extent, others)))


def erase(record: Path, extent: Extent, others: tuple[str, ...]) -> Erased:
    """Erase it; nobody else may use the record meanwhile. *others* are patterns of what
    may hold words and is no part of the record, such as logs.

    Backups, and damaged records that were moved aside, go altogether: if something is
    kept, there is a new backup of that. Raises `Unavailable` where the disk fails, or
    another process has the record open: then it has to be done once more.
    """
    rows, had_backups = 0, bool(backups(record))
    files = [*_files(record.parent, extent, others)]
    if record.exists():
        with wording_errors(record), closing(connect(record)) as connection:
            rows = _erase_rows(connection, record, extent)
    with translating({OSError: Unavailable}, "not everything is erased: "):
        for path in files:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    if had_backups and extent.before is not None:
        back_up(record, keep=1)
    return Erased(rows, len(files))


def _erase_rows(connection: sqlite3.Connection, record: Path, extent: Extent) -> int:
    migrate(connection, record)
    rows = 0
    with transaction(connection):
        for table, where in _BEFORE.items():
            sql = f"DELETE FROM {table} WHERE {where}"  # noqa: S608 # names of our own
            rows += connection.execute(sql, extent.values).rowcount
        connection.execute("INSERT INTO said (said) VALUES ('rebuild')")
        connection.execute("INSERT INTO said (said) VALUES ('optimize')")
    connection.execute("VACUUM")
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Unavailable(
            f"another program reads {record}: end it, and purge once more. Until then"
            " what was erased can still be found in its log"
        )
    return rows


def _files(folder: Path, extent: Extent, others: tuple[str, ...]) -> Iterator[Path]:
    for pattern in (f"{BACKUPS}/*", ASIDE, "*.next*", *others):
        yield from folder.glob(pattern)
    for path in folder.glob(f"{SPEECH}/*"):
        if extent.before is None or _said_at(path) < extent.before:
            yield path


def _said_at(path: Path) -> float:
    digits = path.name[:_DIGITS]
    return int(digits) / 1000 if digits.isdecimal() else path.lstat().st_mtime
