"""A LaunchAgent of macOS: launchd.plist(5). Loaded at the next log-in."""

import plistlib
from pathlib import Path
from typing import Any

from agent.config.template import write
from agent.desktop.autostart import Found
from agent.desktop.autostart.program import Start

LABEL = "dev.tonny.agent"


class LaunchAgent:
    """Satisfies `agent.desktop.autostart.Way`; *folder* is ~/Library/LaunchAgents."""

    name = "launchd"

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{LABEL}.plist"

    def works(self) -> bool:
        return True

    def put(self, start: Start) -> str:
        write(agent(start), self._path, mode=0o644)
        return str(self._path)

    def remove(self) -> bool:
        there = self._path.is_file()
        self._path.unlink(missing_ok=True)
        return there

    def found(self) -> Found | None:
        try:
            written: Any = plistlib.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (plistlib.InvalidFileException, ValueError):
            return Found(str(self._path), None)
        match written:
            case {"ProgramArguments": [str(), *_] as command}:
                return Found(str(self._path), tuple(command))
        return Found(str(self._path), None)

    def last(self) -> str:
        return ""


def agent(start: Start) -> str:
    """The property list that does *start*. A wrong setting is no reason to try again, and
    launchd cannot be told that: it tries at most every ten seconds."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": [*start.command],
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 10,
            "ProcessType": "Interactive",
            "LimitLoadToSessionType": "Aqua",
            "Umask": 0o077,
        },
        sort_keys=False,
    ).decode()
