"""A unit of the user's own systemd: it starts Tonny, watches it and starts it again.

The format is that of systemd.unit(5), systemd.service(5) and systemd.syntax(7).
"""

import re
import subprocess
from pathlib import Path

from agent.config.template import write
from agent.desktop.autostart import Found
from agent.desktop.autostart.program import Start, plainly, really
from agent.errors import Unavailable

UNIT = "tonny-agent.service"

_ANSWERS_WITHIN = 10.0
_SESSION = "graphical-session.target"

# No Protect…= and no Private…=: those need namespaces, which a user may be denied. No
# MemoryDenyWriteExecute=: PortAudio calls back through memory that libffi writes. Nor
# does systemd make our folders, for we make them private ourselves.
_UNIT = """\
# Made by tonny-agent autostart enable; changes are for: systemctl --user edit {unit}
[Unit]
Description=Tonny, a voice agent
After={after}
{part_of}StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=2 74 75 78
SuccessExitStatus=143
WatchdogSec=30
TimeoutStartSec=90
TimeoutStopSec=10
KillMode=mixed
UMask=0077
LimitCORE=0
MemoryMax=1G
TasksMax=128
NoNewPrivileges=yes
LockPersonality=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy={wanted_by}
"""
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


class UserUnit:
    """Satisfies `agent.desktop.autostart.Way`; *folder* is where the user's units are."""

    name = "systemd"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / UNIT

    def works(self) -> bool:
        return _ask("show", "--property=Version") is not None

    def put(self, start: Start) -> str:
        session = _ask("is-active", _SESSION) is not None
        write(unit(start, graphical=session), self._path, mode=0o644)
        _tell("daemon-reload")
        # One that was wanted by something else before would be wanted twice.
        _tell("reenable", UNIT)
        return str(self._path)

    def remove(self) -> bool:
        there = self._path.is_file()
        if there:
            _ask("disable", UNIT)
            self._path.unlink()
        # What systemctl does, where it does not answer.
        for link in self._folder.glob(f"*.wants/{UNIT}"):
            there = True
            link.unlink()
        if there:
            _ask("daemon-reload")
        return there

    def found(self) -> Found | None:
        links = [*self._folder.glob(f"*.wants/{UNIT}")]
        path = self._path
        if links and not path.is_file():
            path = links[0].resolve()  # a package's own, for all users
        try:
            text = path.read_text("utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return Found(str(path), _command(text), off=not links)

    def last(self) -> str:
        told = _ask(
            "show",
            UNIT,
            "--property=ActiveState,SubState,Result,ExecMainStatus,NRestarts",
        )
        if told is None:
            return "the user's systemd does not answer"
        facts = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
        state = f"{facts.get('ActiveState', '?')} ({facts.get('SubState', '?')})"
        if (result := facts.get("Result", "success")) != "success":
            state += f", the last time: {result}, status {facts.get('ExecMainStatus')}"
        if (restarts := facts.get("NRestarts", "0")) != "0":
            state += f", started again {restarts} times"
        return state


def unit(start: Start, *, graphical: bool = True) -> str:
    """The unit that does *start*: with a *graphical* session, which ends it too, or as
    soon as the user is there."""
    session = f"{_SESSION} " if graphical else ""
    return _UNIT.format(
        unit=UNIT,
        after=f"{session}pipewire-pulse.service pulseaudio.service",
        part_of=f"PartOf={_SESSION}\n" if graphical else "",
        command=command_line(start.command),
        wanted_by=_SESSION if graphical else "default.target",
    )


def command_line(command: tuple[str, ...]) -> str:
    """As ExecStart= has it; the colon keeps ``$`` from meaning anything."""
    program, *arguments = plainly(command, "\"'\\")
    return " ".join(_quoted(word) for word in (f":{program}", *arguments))


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _command(text: str) -> tuple[str, ...] | None:
    """What `command_line` made, if that is what is there."""
    line = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)
    if line is None or _WORD.sub("", line[1]).strip():
        return None
    words = [
        re.sub(r"\\(.)", r"\1", word).replace("%%", "%")
        for word in _WORD.findall(line[1])
    ]
    return really((words[0].removeprefix(":"), *words[1:])) if words else None


def _tell(*arguments: str) -> None:
    """Raises `Unavailable` when that is not done."""
    if _ask(*arguments) is None:
        raise Unavailable(f"systemctl --user {' '.join(arguments)} failed")


def _ask(*arguments: str) -> str | None:
    """What the user's systemd says; None when it says no, or nothing."""
    command = ["systemctl", "--user", "--no-pager", *arguments]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWERS_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout
