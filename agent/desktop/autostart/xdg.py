"""A .desktop file, for desktops without systemd.

The format is that of the Desktop Entry Specification 1.5 ("The Exec key"), the place
that of the Desktop Application Autostart Specification 0.5.
"""

import os
import re
from pathlib import Path

from agent.config.template import write
from agent.desktop.autostart import Found
from agent.desktop.autostart.program import Start, plainly, really
from agent.errors import Misconfigured

FILE = "tonny-agent.desktop"

_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.0
Name=Tonny
Comment=A voice agent
TryExec={program}
Exec={command}
Terminal=false
NoDisplay=true
X-GNOME-Autostart-enabled=true
"""
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


class DesktopEntry:
    """Satisfies `agent.desktop.autostart.Way`; *folder* is what desktops look into."""

    name = "desktop"

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def works(self) -> bool:
        """Nobody can tell beforehand: whoever logs in graphically has it."""
        return True

    def put(self, start: Start) -> str:
        write(entry(start), self._path, mode=0o644)
        return str(self._path)

    def remove(self) -> bool:
        there = self._path.is_file()
        self._path.unlink(missing_ok=True)
        return there

    def found(self) -> Found | None:
        try:
            text = self._path.read_text("utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        # Desktops write one of these when the user switches it off there.
        off = re.search(
            r"^(Hidden=true|X-GNOME-Autostart-enabled=false)$", text, re.MULTILINE
        )
        return Found(str(self._path), _command(text), off is not None)

    def last(self) -> str:
        return ""


def config_home() -> Path:
    """$XDG_CONFIG_HOME; one that is relative does not count (XDG Base Directory)."""
    named = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        return Path(named) if named.startswith("/") else Path.home() / ".config"
    except RuntimeError as exc:
        raise Misconfigured("this user has no home folder; set HOME") from exc


def entry(start: Start) -> str:
    """The file that does *start*."""
    program = start.command[0]
    words = " ".join(_quoted(word) for word in plainly(start.command, "=%"))
    return _ENTRY.format(program=_string(program), command=_string(words))


def _quoted(word: str) -> str:
    """As the Exec key has its arguments, before it becomes a string of the file."""
    escaped = re.sub(r'(["`$\\])', r"\\\1", word).replace("%", "%%")
    return f'"{escaped}"'


def _string(text: str) -> str:
    return text.replace("\\", "\\\\")


def _command(text: str) -> tuple[str, ...] | None:
    """What `entry` made, if that is what is there."""
    line = re.search(r"^Exec=(.*)$", text, re.MULTILINE)
    if line is None:
        return None
    written = re.sub(r"\\(.)", r"\1", line[1])
    if _WORD.sub("", written).strip():
        return None
    words = (re.sub(r"\\(.)", r"\1", word) for word in _WORD.findall(written))
    return really(tuple(word.replace("%%", "%") for word in words))
