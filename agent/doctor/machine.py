"""Checks of this machine: settings, folders, the record, sound."""

import os
import shutil
import stat
from collections.abc import Sequence
from pathlib import Path

import trio

from agent.config import Config
from agent.doctor.findings import Finding, fault, note, ok, some
from agent.errors import AgentError

ROOM_WANTED = 200_000_000
"""Bytes free that a record and its logs should never lack."""


async def check_folder(folder: Path) -> Sequence[Finding]:
    """The data folder is there, ours alone, and has room."""
    return await trio.to_thread.run_sync(_look_at_folder, folder)


def _look_at_folder(folder: Path) -> Sequence[Finding]:
    if not folder.exists():
        return [note("data-folder.absent", f"{folder} will be made by the first run.")]
    found: list[Finding] = []
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        title = f"Others on this machine can read {folder}."
        found.append(fault("data-folder.open", title, f"chmod 700 {folder}"))
    if not os.access(folder, os.W_OK | os.X_OK):
        title = f"{folder} cannot be written to."
        found.append(fault("data-folder.read-only", title, _ELSEWHERE))
    for file in sorted(folder.rglob("*")):
        if (
            stat.S_IMODE(file.lstat().st_mode) & 0o077
            and not file.is_symlink()
            and not found
        ):
            title = f"Others on this machine can read {file}."
            found.append(fault("files.open", title, f"chmod -R go= {folder}"))
    free = shutil.disk_usage(folder).free
    if free < ROOM_WANTED:
        title = f"Only {free // 1_000_000} MB are free for {folder}."
        found.append(fault("data-folder.full", title, f"Free some. {_ELSEWHERE}"))
    return found or [ok("data-folder", f"Data is kept in {folder}.")]


_ELSEWHERE = "Choose another folder with --data-dir or TONNY_DATA_DIR."


async def check_record(folder: Path, database: str) -> Sequence[Finding]:
    """The database opens, is whole, and its schema is one that we know."""
    from agent.record.sqlite import sqlite3
    from agent.record.store import open_store

    found = [ok("sqlite", f"SQLite {sqlite3.sqlite_version}.")]
    if sqlite3.sqlite_version_info < (3, 51, 3):
        found = [
            note(
                "sqlite.old",
                f"SQLite {sqlite3.sqlite_version} can damage a file that two programs"
                " write at the same moment; only one tonny-agent runs at a time.",
            )
        ]
    if not await trio.Path(folder / database).exists():
        return found
    try:
        async with open_store(folder / database) as store:
            verdict = await store.read(
                lambda connection: connection.execute("PRAGMA quick_check").fetchone()
            )
    except AgentError as exc:
        return [*found, fault("record", f"The record cannot be used: {exc}", _MOVE)]
    if verdict[0] != "ok":
        return [
            *found,
            fault("record.damaged", f"The record is damaged: {verdict[0]}", _MOVE),
        ]
    return [
        *found,
        ok("record", f"The record is {folder / database}."),
        *_aside(folder),
    ]


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


_MOVE = "tonny-agent run moves it aside, and goes on with the newest backup."


async def check_models() -> Sequence[Finding]:
    """Every embedded file is what was published."""
    from agent.models import REMEDY, verify

    found = await trio.to_thread.run_sync(verify)
    wrong = [problem.removesuffix(f"; to mend it: {REMEDY}") for problem in found]
    if wrong:
        title = f"Of the embedded models and voices, {some(wrong)}."
        return [fault("models", title, REMEDY)]
    return [ok("models", "The embedded models and voices are complete.")]


async def check_sound(config: Config) -> Sequence[Finding]:
    """There is something to hear with, and something to speak through."""
    from agent.app.sound import found_devices

    try:
        devices = await found_devices()
    except AgentError as exc:
        return [fault("audio", f"No sound: {exc}", _NO_SOUND)]
    found = []
    for kind, named, has in (
        ("microphone", config.audio.microphone, any(d.inputs for d in devices)),
        ("speaker", config.audio.speaker, any(d.outputs for d in devices)),
    ):
        if named.endswith(".wav") or named == "none":
            found.append(ok(kind, f"The {kind} is {named}."))
        elif has:
            found.append(ok(kind, f"There is a {kind}."))
        else:
            found.append(fault(kind, f"There is no {kind}.", _NO_SOUND))
    return found


_NO_SOUND = (
    "Connect one, or use files: tonny-agent run --microphone FILE.wav --speaker OUT.wav"
)
