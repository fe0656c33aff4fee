"""One agent per data folder, by a lock that dies with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import AgentError


class AlreadyRunning(AgentError):
    """Another agent uses this data folder."""


@contextmanager
def only_instance(folder: Path) -> Iterator[None]:
    """Hold *folder*'s lock while open; raises `AlreadyRunning` naming who has it.

    The lock is flock(2), which the kernel releases even after SIGKILL; what
    the file says, its process and since when, is only there to be told.
    """
    path = folder / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = os.pread(descriptor, 60, 0).decode("ascii", "replace")
            holder, _, since = told.strip().partition(" ")
            raise AlreadyRunning(
                f"tonny-agent is already running with {folder} (process"
                f" {holder or 'unknown'}{since and f', since {since}'}). End it first"
                " with tonny-agent shutdown, or give this one a folder of its own"
                " with --data-dir."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()} {_now()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder(folder: Path) -> str:
    """The process that holds *folder*'s lock, and since when; empty where nobody does.

    To know that is to take the lock for a moment: ask only where no agent answers.
    """
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        told = os.pread(descriptor, 60, 0).decode("ascii", "replace").strip()
        return told or "unknown"
    else:
        return ""
    finally:
        os.close(descriptor)


def _now() -> str:
    return f"{datetime.now(UTC).astimezone():%Y-%m-%d %H:%M:%S}"
