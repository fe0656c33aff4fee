"""Tonny starts when its user logs in: by one of the ways that the system has for that.

Where several are possible the first that works is taken, and what the others hold is
removed: two starts would be one too many.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from agent.desktop.autostart.program import Start, unfit
from agent.errors import Misconfigured, Unavailable


class Found(msgspec.Struct, frozen=True):
    """What is installed: *command* is None where it cannot be understood, which is so
    after someone has changed it; *off*: it is there, and switched off."""

    file: str
    command: tuple[str, ...] | None
    off: bool = False


class Way(Protocol):
    """One way to be started; raises `Unavailable` where the system does not do as it is
    told."""

    @property
    def name(self) -> str: ...

    def works(self) -> bool:
        """Whether this system would start what is put there."""

    def put(self, start: Start) -> str:
        """Have it started from now on; where that is written."""

    def remove(self) -> bool:
        """Have nothing started any more; whether anything was."""

    def found(self) -> Found | None: ...

    def last(self) -> str:
        """What the system tells of the last start, if it does."""


class Standing(msgspec.Struct, frozen=True):
    """What `tonny-agent autostart status` knows of what is installed."""

    enabled: bool
    by: str | None = None
    file: str | None = None
    command: tuple[str, ...] | None = None
    matches: bool = False
    problem: str = ""
    manager: str = ""


def ways() -> list[Way]:
    """Those that there are on this system, the best one first."""
    match sys.platform:
        case "darwin":
            from agent.desktop.autostart.launchd import LaunchAgent

            return [LaunchAgent(Path.home() / "Library/LaunchAgents")]
        case "win32":
            from agent.desktop.autostart.registry import RunKey

            return [RunKey()]
        case _:
            from agent.desktop.autostart.systemd import UserUnit
            from agent.desktop.autostart.xdg import DesktopEntry
            from agent.desktop.autostart.xdg import config_home as home

            return [
                UserUnit(home() / "systemd/user"),
                DesktopEntry(home() / "autostart"),
            ]


def enable(start: Start, among: Sequence[Way]) -> tuple[str, str]:
    """Have *start* done at every log-in: the way that was taken, and where it is written.

    Raises `Misconfigured` for a program that has no lasting place of its own, and
    `Unavailable` where no way works.
    """
    if reason := unfit(start):
        raise Misconfigured(reason)
    chosen = next((way for way in among if way.works()), None)
    if chosen is None:
        raise Unavailable("this system has no way to start a program at log-in")
    for way in among:
        if way is not chosen:
            way.remove()
    return chosen.name, chosen.put(start)


def disable(among: Sequence[Way]) -> list[str]:
    """Have nothing started at log-in any more; the ways that did until now."""
    return [way.name for way in among if way.remove()]


def standing(start: Start, among: Sequence[Way]) -> Standing:
    """What is installed, held against *start*: what would be installed now."""
    for way in among:
        if (found := way.found()) is not None:
            problem = _problem(found, start)
            return Standing(
                enabled=not found.off,
                by=way.name,
                file=found.file,
                command=found.command,
                matches=found.command is not None
                and found.command[: start.words] == start.command[: start.words],
                problem=problem,
                manager=way.last(),
            )
    return Standing(enabled=False)


def _problem(found: Found, start: Start) -> str:
    if found.command is None:
        return "it was changed by hand, and says nothing that Tonny understands"
    if not Path(found.command[0]).is_file():
        return f"{found.command[0]} is no longer there: tonny-agent autostart enable"
    if found.command[: start.words] != start.command[: start.words]:
        return (
            f"it starts {found.command[0]}, which is not this program"
            f" ({start.command[0]}): tonny-agent autostart enable"
        )
    return "it is switched off: tonny-agent autostart enable" if found.off else ""
