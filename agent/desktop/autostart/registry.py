"""The Run key of Windows: what is named there is started when its user logs in."""

import importlib
import subprocess
from typing import Any

from agent.desktop.autostart import Found
from agent.desktop.autostart.program import Start
from agent.errors import Misconfigured

KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
VALUE = "TonnyAgent"

_LONGEST = 260
"""Characters of a command there, as Microsoft has it ("Run and RunOnce Registry Keys")."""


class RunKey:
    """Satisfies `agent.desktop.autostart.Way`."""

    name = "registry"

    def works(self) -> bool:
        return True

    def put(self, start: Start) -> str:
        command = subprocess.list2cmdline(start.command)
        if len(command) > _LONGEST:
            raise Misconfigured(
                f"Windows starts nothing whose command is longer than {_LONGEST}"
                f" characters, as {command} is: move it to a shorter place"
            )
        winreg = _winreg()
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, KEY) as key:
            winreg.SetValueEx(key, VALUE, 0, winreg.REG_SZ, command)
        return _place()

    def remove(self) -> bool:
        winreg = _winreg()
        try:
            with winreg.OpenKey(
                winreg.HKEY_CURRENT_USER, KEY, 0, winreg.KEY_SET_VALUE
            ) as key:
                winreg.DeleteValue(key, VALUE)
        except FileNotFoundError:
            return False
        return True

    def found(self) -> Found | None:
        winreg = _winreg()
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, KEY) as key:
                written, _ = winreg.QueryValueEx(key, VALUE)
        except FileNotFoundError:
            return None
        return Found(_place(), _words(str(written)))

    def last(self) -> str:
        return ""


def _place() -> str:
    return rf"HKEY_CURRENT_USER\{KEY}\{VALUE}"


def _winreg() -> Any:
    """Python's own module, which other systems do not have."""
    return importlib.import_module("winreg")


def _words(line: str) -> tuple[str, ...] | None:
    """The opposite of `subprocess.list2cmdline`: as CommandLineToArgvW has it."""
    words, word, quoted, slashes = list[str](), "", False, 0
    begun = False
    for sign in [*line, " "]:
        if sign == "\\":
            slashes += 1
            continue
        if sign == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            begun = True
        else:
            word += "\\" * slashes
            if sign in " \t" and not quoted:
                if begun or word:
                    words.append(word)
                word, begun = "", False
            else:
                word += sign
        slashes = 0
    return None if quoted or not words else tuple(words)
