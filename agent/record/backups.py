"""Copies of the record, made while it is in use: what a damaged one is replaced by."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.errors import Unavailable, translating
from agent.record.soundness import fault_of
from agent.record.sqlite import Damaged, connect_read_only, wording_errors

FOLDER = "backups"
"""Its name in the data folder."""

_FORM = "tonny-%Y%m%dT%H%M%SZ.db"
_OURS = re.compile(r"tonny-\d{8}T\d{6}Z\.db")
_UNFINISHED = ".part"

DAY = 86_400.0
HOUR_OF_NIGHT = 3


def backups(record: Path) -> list[Path]:
    """Those of *record*, the newest first."""
    folder = record.parent / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    found = (each for each in folder.iterdir() if _OURS.fullmatch(each.name))
    return sorted(found, reverse=True)


def made_at(backup: Path) -> float:
    """The wall-clock time of *backup*, as its name tells it."""
    return datetime.strptime(backup.name, _FORM).replace(tzinfo=UTC).timestamp()


def is_due(record: Path, now: float) -> bool:
    """Whether *record* should be copied: when a night has begun since the last time.

    A night begins at three, where the computer is.
    """
    made = backups(record)
    return not made or not last_night(now) <= made_at(made[0]) <= now


def last_night(now: float) -> float:
    """When the latest night began."""
    here = datetime.fromtimestamp(now)  # noqa: DTZ006 # nights are where the user is
    night = here.replace(hour=HOUR_OF_NIGHT, minute=0, second=0, microsecond=0)
    if night > here:
        night -= timedelta(days=1)
    return night.timestamp()


def back_up(record: Path, keep: int) -> Path:
    """Copy *record* as it is now, and keep the newest *keep* copies.

    Whoever writes meanwhile is not held up. Raises `Unavailable` when the disk is full
    or fails, `Damaged` when the record is: then the copies there are stay.
    """
    folder = record.parent / FOLDER
    with translating({OSError: Unavailable}, "the record was not backed up: "):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / datetime.now(UTC).strftime(_FORM)
        _forget_unfinished(folder)
        with new_file(path) as part:
            _copy(record, part)
        for old in backups(record)[max(1, keep) :]:
            old.unlink(missing_ok=True)
    return path


def keep_before_upgrade(record: Path, schema: int) -> None:
    """Copy *record*, which is of an older *schema*, for whoever wants to go back to the
    version that knows that: once, and never removed with the others.

    Raises as `back_up` does.
    """
    folder = record.parent / FOLDER
    path = folder / f"before-upgrade-schema-{schema}.db"
    with translating({OSError: Unavailable}, "no copy was made before the upgrade: "):
        if path.exists():
            return
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new_file(path) as part:
            _copy(record, part)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file, for us alone, that takes the place of *path* when all is in it."""
    part = path.with_name(f"{path.name}.{os.getpid()}{_UNFINISHED}")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        sync(part)
        part.rename(path)
        sync(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(record: Path, part: Path) -> None:
    with wording_errors(record), closing(connect_read_only(record)) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))
    if fault := fault_of(part):
        raise Damaged(f"the copy of {record} is damaged: {fault}")


def _forget_unfinished(folder: Path) -> None:
    """Their writers died; one that is young may be written now, by another process."""
    for part in folder.glob(f"*{_UNFINISHED}"):
        if time.time() - part.stat().st_mtime > DAY:
            part.unlink(missing_ok=True)
