"""Checks of the data folder: it is one, it is ours alone, and it can be written to."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import trio

from agent.doctor.findings import Finding, fault, note, ok

ROOM_WANTED = 200_000_000
"""Bytes free that a record and its logs should never lack."""

_ELSEWHERE = "choose another folder with --data-dir or TONNY_DATA_DIR."
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


async def check_folder(folder: Path) -> Sequence[Finding]:
    """The data folder is there, ours alone, and has room."""
    return await trio.to_thread.run_sync(_look, folder)


def _look(folder: Path) -> Sequence[Finding]:
    try:
        found = folder.stat()
    except FileNotFoundError:
        return [_absent(folder)]
    except OSError as exc:
        return [_not_one(folder, exc)]
    if not stat.S_ISDIR(found.st_mode):
        return [_not_one(folder, NotADirectoryError())]
    private = _private(folder, found)
    written = _written(folder)
    return [*private, *written] or [ok("data-folder", f"Data is kept in {folder}.")]


def _absent(folder: Path) -> Finding:
    """It will be made, if that is possible."""
    if folder.is_symlink():
        title = f"{folder} is a link to {folder.readlink()}, which is not there."
        remedy = f"Remove the link (rm {quote(str(folder))}), or {_ELSEWHERE}"
        return fault("data-folder.link", title, remedy)
    above = next(each for each in folder.absolute().parents if each.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        title = f"{folder} cannot be made: {above} cannot be written to."
        return fault("data-folder.read-only", title, f"Let it be: {_ELSEWHERE}")
    return note("data-folder.absent", f"{folder} will be made by the first run.")


def _not_one(folder: Path, exc: OSError) -> Finding:
    if isinstance(exc, NotADirectoryError):
        way = [folder, *folder.absolute().parents]
        file = next((each for each in way if each.is_file()), folder)
        title = f"{file} is a file, and data is to be kept in {folder}, a folder."
        if file == folder:
            title = f"{folder} is no folder: data is to be kept there."
        name = quote(str(file))
        remedy = f"Move it away (mv {name} {name}.old), or {_ELSEWHERE}"
        return fault("data-folder.file", title, remedy)
    title = f"{folder} cannot be looked at: {exc.strerror}."
    remedy = f"Let it be a folder of your own, or {_ELSEWHERE}"
    if exc.errno == errno.ELOOP:
        return fault("data-folder.link", title, remedy)
    return fault("data-folder.closed", title, remedy)


def _private(folder: Path, found: os.stat_result) -> Sequence[Finding]:
    name = quote(str(folder))
    if stat.S_IMODE(found.st_mode) & 0o077:
        title = f"Others on this machine can read {folder}."
        return [fault("data-folder.open", title, f"chmod 700 {name}")]
    for file in sorted(folder.rglob("*")):
        if stat.S_IMODE(file.lstat().st_mode) & 0o077 and not file.is_symlink():
            title = f"Others on this machine can read {file}."
            return [fault("files.open", title, f"chmod -R go= {name}")]
    return []


def _written(folder: Path) -> Sequence[Finding]:
    """Something is, and is gone again: who may write says little of whether it works."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(1 << 16))
            file.flush()
            os.fsync(file.fileno())
    except OSError as exc:
        if exc.errno in _FULL:
            title = f"Nothing more can be written to {folder}: {exc.strerror}."
            return [fault("data-folder.full", title, _room(folder, exc.errno))]
        title = f"{folder} cannot be written to: {exc.strerror}."
        return [fault("data-folder.read-only", title, _access(folder, exc))]
    free = shutil.disk_usage(folder).free
    if free < ROOM_WANTED:
        title = f"Only {free // 1_000_000} MB are free for {folder}."
        return [fault("data-folder.full", title, _room(folder))]
    return []


def _room(folder: Path, number: int | None = None) -> str:
    name = quote(str(folder))
    if number == errno.EFBIG:  # the limit of a process
        return "ulimit -f unlimited"
    return (
        f"Free some (df -h {name} tells how much there is; tonny-agent purge erases what"
        f" was said), or {_ELSEWHERE}"
    )


def _access(folder: Path, exc: OSError) -> str:
    name = quote(str(folder))
    if exc.errno == errno.EROFS:
        return f"Have its disk mounted for writing, or {_ELSEWHERE}"
    if folder.stat().st_uid != os.geteuid():
        return f"Make it yours (sudo chown -R $USER {name}), or {_ELSEWHERE}"
    return f"chmod 700 {name}"
