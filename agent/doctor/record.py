"""Checks of the record: it opens, is whole, and is one that this Tonny knows."""

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import trio

from agent.desktop.instance import holder
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import AgentError, Misconfigured, Unavailable

_MOVE = (
    "tonny-agent run moves it aside, and goes on with the newest backup, or with a new one"
    " where there is none."
)


async def check_record(folder: Path, database: str) -> Sequence[Finding]:
    """Nothing is said of one that is not there yet."""
    from agent.record.sqlite import sqlite3

    found = [ok("sqlite", f"SQLite {sqlite3.sqlite_version}.")]
    if sqlite3.sqlite_version_info < (3, 51, 3):
        found = [
            note(
                "sqlite.old",
                f"SQLite {sqlite3.sqlite_version} can damage a file that two programs"
                " write at the same moment; only one tonny-agent runs at a time.",
            )
        ]
    path = folder / database
    if not await trio.to_thread.run_sync(os.path.lexists, path):
        return found
    # Looked at before it is opened: SQLite would make a new one of an empty file, and
    # throw a damaged log away.
    wrong = await trio.to_thread.run_sync(_seen, path)
    if wrong is None:
        wrong = await _opened(path)
    if wrong is not None:
        return [*found, wrong]
    return [*found, ok("record", f"The record is {path}."), *_aside(folder)]


def _seen(path: Path) -> Finding | None:
    from agent.record.migrations import SCHEMA
    from agent.record.soundness import fault_of
    from agent.record.walog import fault_of_log

    name = quote(str(path))
    if not path.is_file():
        title = f"{path} is no file: there the record has to be."
        return fault("record.file", title, f"Move it away: mv {name} {name}.old")
    if not os.access(path, os.R_OK | os.W_OK):
        whose = path.stat().st_uid
        remedy = f"sudo chown $USER {name}"
        if whose == os.geteuid():
            remedy = f"chmod 600 {name}"
        title = f"The record {path} cannot be read and written."
        return fault("record.read-only", title, remedy)
    if not path.stat().st_size:
        title = f"The record {path} is empty: nothing of what was said is left in it."
        return fault("record.empty", title, _restored(path))
    try:
        # That of a record in use is written to while it is read.
        if (wrong := fault_of_log(path)) and not holder(path.parent):
            title = f"The log of the record, {path}-wal, is damaged: {wrong}."
            remedy = f"To go on without it: mv {name}-wal {name}-wal.old"
            return fault("record.log", title, remedy)
        damage = fault_of(path)
    except AgentError as exc:
        return _unusable(path, exc)
    except OSError as exc:
        return _unusable(path, Misconfigured(f"{exc.strerror}"))
    if damage is None:
        return None
    if (version := _version(path)) > SCHEMA:
        return _newer(path, version)
    said = damage.removeprefix(f"{path} is damaged, or no database at all ")
    said = said.partition("). tonny-agent run")[0].removeprefix("(").rstrip(".")
    return fault("record.damaged", f"The record {path} is damaged: {said}.", _MOVE)


async def _opened(path: Path) -> Finding | None:
    """What is wrong with one that is whole."""
    from agent.record.migrations import Foreign, Newer
    from agent.record.store import open_store

    name = quote(str(path))
    try:
        async with open_store(path):
            return None
    except Newer:
        return _newer(path, _version(path))
    except Foreign:
        title = f"{path} is a database, and none that tonny-agent has made."
        remedy = f"Move it away: mv {name} {name}.old"
        return fault("record.foreign", title, remedy)
    except AgentError as exc:
        return _unusable(path, exc)


def _version(path: Path) -> int:
    """Of its schema, as the header of the file has it."""
    with path.open("rb") as file:
        header = file.read(64)
    return int.from_bytes(header[60:], "big") if header[:6] == b"SQLite" else 0


def _newer(path: Path, version: int) -> Finding:
    from agent.record.migrations import SCHEMA

    title = (
        f"The record {path} has schema version {version}, and this tonny-agent knows"
        f" {SCHEMA}: a newer one made it (or it is damaged)."
    )
    remedy = (
        "Install the newer tonny-agent again (tonny-agent update check), or choose"
        " another folder with --data-dir or TONNY_DATA_DIR."
    )
    return fault("record.newer", title, remedy)


def _unusable(path: Path, exc: AgentError) -> Finding:
    remedy = f"sudo chown -R $USER {quote(str(path.parent))}"
    if isinstance(exc, Unavailable):
        remedy = f"See who has it open: fuser -v {quote(str(path))}"
    return fault("record", f"The record cannot be used: {exc}", remedy)


def _restored(path: Path) -> str:
    """How to go on, with a backup where there is one."""
    from agent.record.backups import backups

    name = quote(str(path))
    if there := backups(path):
        return f"Take the newest backup: cp {quote(str(there[0]))} {name}"
    return f"To begin a new one: rm {name}"


def _aside(folder: Path) -> Sequence[Finding]:
    """What is left of records that were replaced."""
    from agent.record.rescue import moved_aside

    return [
        note(
            "record.replaced",
            f"A damaged record was replaced, and is {path}.",
            f"Once you miss nothing that was in it: rm {path}*",
        )
        for path in moved_aside(folder)
    ]
