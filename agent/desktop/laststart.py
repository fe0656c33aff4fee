"""What became of the last start at log-in, which nobody was there to see.

A note in the data folder: it is written first of all, so that even a wrong setting, or
an end that left no time for a word, can be told afterwards.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agent import __version__
from agent.config.template import write
from agent.errors import AgentError

FILE = "start.json"


class LastStart(msgspec.Struct, frozen=True):
    """*status* is None as long as it has not ended; then *reason* says why, if not well."""

    at: datetime
    pid: int
    version: str = __version__
    status: int | None = None
    reason: str = ""

    @property
    def outcome(self) -> str:
        if self.status is None:
            return "running" if _lives(self.pid) else "vanished"
        return "failed" if self.reason else "ended"

    def as_text(self) -> str:
        when = f"{self.at.astimezone():%Y-%m-%d %H:%M:%S}"
        match self.outcome:
            case "running":
                return f"{when}, and it still runs (process {self.pid})"
            case "vanished":
                return f"{when}; it was killed, or the computer was switched off"
            case "failed":
                return f"{when}; it failed with status {self.status}: {self.reason}"
        return f"{when}; it ended with status {self.status}, as it was told to"


def begin() -> LastStart:
    return LastStart(datetime.now(UTC), os.getpid())


def note(start: LastStart, folder: Path) -> None:
    """Whoever cannot write that down has a greater worry, which will be told."""
    try:
        write(msgspec.json.encode(start).decode(), folder / FILE)
    except AgentError:
        return


def last_start(folder: Path) -> LastStart | None:
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=LastStart)
    except (OSError, msgspec.DecodeError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
