"""One agent per data folder, by a lock that dies with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import AgentError


class AlreadyRunning(AgentError):
    """Another agent uses this data folder."""


@contextmanager
def only_instance(folder: Path) -> Iterator[None]:
    """Hold *folder*'s lock while open; raises `AlreadyRunning` naming who has it.

    The lock is flock(2), which the kernel releases even after SIGKILL; the process
    id in the file is only there to be told.
    """
    path = folder / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            raise AlreadyRunning(
                f"tonny-agent is already running with {folder}"
                f" (process {holder or 'unknown'}). Stop it first,"
                " or give this one a folder of its own with --data-dir."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
