"""What speaks instead of what was refused: known to later sessions too, for a day."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import trio

from agent.config.settings import Tts
from agent.config.template import write
from agent.errors import AgentError

FILE = "instead.json"
REMEMBERED = 86_400.0
"""Seconds after which what was wanted is asked for again: plans change."""


class Instead(msgspec.Struct, frozen=True):
    """A *voice* (its id, and its *name*) and a *format*, where they are others than the
    settings *wanted*; why, and until when that is believed (Unix time)."""

    wanted: str
    voice: str = ""
    name: str = ""
    format: str = ""
    reason: str = ""
    until: float = 0.0


class Memory:
    """Of one account in one *folder*, or (without) as long as it lives. Whatever is wrong
    with its file, it only forgets."""

    def __init__(
        self,
        settings: Tts,
        folder: Path | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        voice = f"{settings.base_url} {settings.voice}"
        self._wanted = f"{voice} {settings.model} {settings.format}"
        self._path = folder / FILE if folder is not None else None
        self._wall = wall
        self.found = self._read()

    def forget(self) -> None:
        """What was wanted is asked for again."""
        self.found = Instead(self._wanted)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    async def note(self, **what: str) -> None:
        """From now on *what* (`Instead`'s fields) is used instead."""
        until = self._wall() + REMEMBERED
        self.found = msgspec.structs.replace(self.found, **what, until=until)
        await trio.to_thread.run_sync(self._write)

    def _read(self) -> Instead:
        nothing = Instead(self._wanted)
        if self._path is None:
            return nothing
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Instead)
        except (OSError, ValueError, msgspec.DecodeError, RecursionError):
            return nothing
        current = found.wanted == self._wanted
        now = self._wall()
        return found if current and now < found.until <= now + REMEMBERED else nothing

    def _write(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(msgspec.json.encode(self.found).decode(), self._path)
        except (OSError, AgentError):
            return
