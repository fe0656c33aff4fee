"""A record that is damaged is moved aside, and another takes its place.

That is the newest backup that is whole, or else a new one, with those questions and
letters that wait and can still be read. Nothing is removed, and there is always one of
the two: the other is made before the damaged one is moved.
"""

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from agent.errors import Unavailable, translating
from agent.ports import Question
from agent.record.backups import backups, is_due, sync
from agent.record.migrations import migrate
from agent.record.soundness import damage, fault_of
from agent.record.sqlite import (
    connect,
    connect_read_only,
    sqlite3,
    transaction,
    wording_errors,
)

logger = logging.getLogger(__name__)

_FORM = "tonny-damaged-%Y%m%dT%H%M%SZ"
LARGE = 32_000_000
"""Bytes of a record that is read whole in a tenth of a second."""

ASIDE = "tonny-damaged-*"
"""What matches the names of records that were moved aside, and of what belongs to them."""

# What waits in a backup may have been answered since: then it must not be asked again.
_NOT_AGAIN = """
UPDATE outbox SET state = 'expired', settled_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    last_error = 'it waited in a backup, and may have been answered since'
WHERE state = 'pending'
"""
_OUTBOX = """
SELECT id, lane, CAST(body AS BLOB), created_at, attempts, last_error, state, settled_at
FROM outbox NOT INDEXED ORDER BY seq
"""
_WAITS = """
INSERT INTO outbox (id, lane, body, created_at, attempts, last_error, state, settled_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = 'pending', settled_at = NULL,
    last_error = excluded.last_error, attempts = excluded.attempts
"""
_SETTLED = "UPDATE outbox SET last_error = ?, state = ?, settled_at = ? WHERE id = ?"
_WAITING = "SELECT count(*) FROM outbox WHERE state = 'pending'"
_LETTERS = "SELECT id, key, body, at FROM letters NOT INDEXED ORDER BY seq"
_POST = """
INSERT INTO letters (id, key, body, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
"""


class Replaced(msgspec.Struct, frozen=True):
    """Why a record was replaced, where it is now, and by what *backup*, if there was one;
    and how many *questions* that wait were saved."""

    reason: str
    aside: Path
    backup: Path | None
    questions: int

    def as_text(self) -> str:
        by = f"the backup {self.backup.name}" if self.backup else "a new one"
        waiting = f"; questions that wait: {self.questions}" if self.questions else ""
        return (
            f"The record was damaged ({self.reason}) and is replaced by {by}{waiting}."
            f" The damaged one is {self.aside}"
        )


def replace_if_damaged(path: Path) -> Replaced | None:
    """Whoever calls it is the only one who uses the record at *path*."""
    with translating({OSError: Unavailable}, f"the record {path} cannot be mended: "):
        _finish(path)
        if not path.exists():
            return None
        reason = fault_of(path, thorough=not _is_known_to_be_sound(path))
        if not path.stat().st_size and _was_more(path):
            reason = "it is empty"
    return replace(path, reason) if reason else None


def replace(path: Path, reason: str) -> Replaced:
    """For *reason*; raises `Unavailable` if that cannot be done now, and then nothing has
    changed."""
    new = _next(path)
    with translating({OSError: Unavailable}, f"the record {path} cannot be replaced: "):
        backup = _begin(path, new)
        with wording_errors(new), closing(connect(new)) as record:
            migrate(record, new)
            with transaction(record):
                record.execute(_NOT_AGAIN)
                questions = _salvage(path, record)
        sync(new)
        aside = _move_aside(path)
        new.rename(path)
        sync(path.parent)
    replaced = Replaced(reason, aside, backup, questions)
    logger.error("%s", replaced.as_text())
    return replaced


def moved_aside(folder: Path) -> list[Path]:
    """The damaged records in *folder*, the latest first."""
    return sorted(folder.glob(f"{ASIDE}.db"), reverse=True)


def _is_known_to_be_sound(path: Path) -> bool:
    """Whether it would cost a start more than a moment to read *path* whole, and that was
    done last night, for the backup, and nobody has died since who was writing."""
    closed = not Path(f"{path}-wal").exists()
    return closed and path.stat().st_size > LARGE and not is_due(path, time.time())


def _was_more(path: Path) -> bool:
    """Whether the empty *path* is not just a first start that was broken off."""
    log = Path(f"{path}-wal")
    return bool(backups(path)) or (log.exists() and log.stat().st_size > 0)


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _finish(path: Path) -> None:
    """What a process left undone that died: where *path* is gone, the next was complete."""
    new = _next(path)
    if new.exists() and not path.exists():
        new.rename(path)
        sync(path.parent)


def _begin(path: Path, new: Path) -> Path | None:
    """Have the newest backup that is whole at *new*, or nothing."""
    for ending in ("", "-wal", "-shm", "-journal"):
        Path(f"{new}{ending}").unlink(missing_ok=True)
    new.touch(mode=0o600)
    for backup in backups(path):
        if backup.stat().st_size and fault_of(backup) is None:
            shutil.copyfile(backup, new)
            return backup
        logger.warning("the backup %s is damaged too", backup)
    return None


def _salvage(path: Path, record: sqlite3.Connection) -> int:
    """Take over from *path* what waits there; returns how many questions did."""
    for id_, lane, body, asked, attempts, error, state, settled in _rows(path, _OUTBOX):
        if state != "pending":
            _add(record, _SETTLED, (error, state, settled, id_))
        elif _is_question(body):
            row = (id_, lane, body.decode(), asked, attempts, error, state, settled)
            _add(record, _WAITS, row)
    for letter in _rows(path, _LETTERS):
        _add(record, _POST, letter)
    (waiting,) = record.execute(_WAITING).fetchone()
    return int(waiting)


def _add(record: sqlite3.Connection, sql: str, row: tuple[Any, ...]) -> None:
    """Unless the row is so damaged that no table takes it."""
    try:
        record.execute(sql, row)
    except sqlite3.IntegrityError as exc:
        logger.warning("%s cannot be saved: %s", row[0], exc)


def _rows(path: Path, sql: str) -> Iterator[tuple[Any, ...]]:
    """What can be read from the beginning, and from the end where that breaks off."""
    for backwards in (False, True):
        try:
            with closing(connect_read_only(path)) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                yield from connection.execute(sql + " DESC" * backwards)
                return
        except sqlite3.Error as exc:
            logger.warning("not all can be saved: %s", damage(exc, path))


def _is_question(body: object) -> bool:
    try:
        msgspec.json.decode(body, type=Question)  # type: ignore[call-overload]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return False
    return True


def _move_aside(path: Path) -> Path:
    """The log goes first: a record must never find that of another one."""
    stem = datetime.now(UTC).strftime(_FORM)
    number, aside = 1, path.with_name(f"{stem}.db")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{stem}-{number}.db")
    for ending in ("-wal", "-journal"):
        beside = Path(f"{path}{ending}")
        if beside.exists():
            beside.rename(f"{aside}{ending}")
    Path(f"{path}-shm").unlink(missing_ok=True)
    path.rename(aside)
    return aside
