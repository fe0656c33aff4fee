"""The unit, the .desktop file, the property list and the registry's value, before those
who know each format best; and what they overlook."""

import plistlib
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli.interpret import BAD_CONFIG, BUSY, CRASHED, UNAVAILABLE
from agent.cli.overview import STATUSES
from agent.desktop.autostart.launchd import LaunchAgent, agent
from agent.desktop.autostart.program import Start
from agent.desktop.autostart.registry import RunKey
from agent.desktop.autostart.systemd import UserUnit, unit
from agent.desktop.autostart.systemd import _command as unit_command
from agent.desktop.autostart.xdg import DesktopEntry, entry
from agent.desktop.autostart.xdg import _command as entry_command
from agent.errors import Misconfigured
from tests.desktop.starts import STRANGE, program

PATHS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20
)
COMMANDS = st.lists(PATHS, min_size=1, max_size=3).map(
    lambda words: (f"/{words[0]}", *words[1:])
)


def needs(command: str, package: str) -> None:
    if shutil.which(command) is None:
        pytest.skip(f"no {command}: apt-get install {package}")


def said(*command: object, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [*map(str, command)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def verified(text: str, folder: Path) -> str:
    needs("systemd-analyze", "systemd")
    file = folder / "tonny-agent.service"
    file.write_text(text)
    env = {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    return said("systemd-analyze", "verify", "--user", "--man=no", file, env=env)


@pytest.mark.parametrize("graphical", [True, False])
@pytest.mark.parametrize("name", STRANGE)
def test_systemd_has_nothing_to_say_of_the_unit(
    name: str, graphical: bool, tmp_path: Path
) -> None:
    """It says of a program that it does not find there."""
    start = Start((str(program(tmp_path / name)), "run", name))
    assert verified(unit(start, graphical=graphical), tmp_path) == ""


def test_systemd_would_say_so_if_the_quotes_were_wrong(tmp_path: Path) -> None:
    path = program(tmp_path / "fifty %h")
    text = unit(Start((str(path),))).replace("%%", "%")
    assert "tonny-agent" in verified(text, tmp_path)


OF_A_USER = {
    *("Description", "Documentation", "After", "PartOf", "WantedBy"),
    *("StartLimitIntervalSec", "StartLimitBurst", "Type", "NotifyAccess", "ExecStart"),
    *("Restart", "RestartSec", "RestartPreventExitStatus", "SuccessExitStatus"),
    *("WatchdogSec", "TimeoutStartSec", "TimeoutStopSec", "KillMode", "UMask"),
    *("LimitCORE", "MemoryMax", "TasksMax", "NoNewPrivileges", "LockPersonality"),
    *("RestrictSUIDSGID", "RestrictNamespaces", "RestrictAddressFamilies"),
    *("SystemCallArchitectures", "SystemCallFilter", "SystemCallErrorNumber"),
}
"""Settings that a user's systemd can apply without a privilege, a namespace or a device
that is taken away: by systemd.exec(5) each of Protect…=, Private…=, User=,
CapabilityBoundingSet= and the like needs one of these."""


def facts(text: str) -> dict[str, str]:
    """The settings of a unit; none is there twice."""
    found = re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)
    assert len(found) == len(dict(found))
    return dict(found)


@pytest.mark.parametrize("graphical", [True, False])
def test_the_unit_has_only_what_a_user_manager_can_do(graphical: bool) -> None:
    assert facts(unit(Start(("/opt/tonny",)), graphical=graphical)).keys() <= OF_A_USER


def test_the_unit_says_what_systemd_does_not_ask_for() -> None:
    said = facts(unit(Start(("/opt/tonny",))))
    assert said["Type"] == "notify"
    assert said["NotifyAccess"] == "main"
    assert float(said["WatchdogSec"]) > 0
    assert said["LimitCORE"] == "0"
    assert said["WantedBy"] == said["PartOf"] == "graphical-session.target"
    assert said["WantedBy"] in said["After"]


def test_what_would_fail_again_is_not_started_again() -> None:
    """And neither is one that was told to stop; all else is tried again, with a bound
    that it can reach."""
    said = facts(unit(Start(("/opt/tonny",))))
    never = {*map(int, said["RestartPreventExitStatus"].split())}
    assert never == {2, 74, BUSY, BAD_CONFIG}
    assert never <= STATUSES.keys()
    assert not never & {UNAVAILABLE, CRASHED}
    assert said["Restart"] == "on-failure"
    assert said["SuccessExitStatus"] == str(128 + signal.SIGTERM)
    pause, most = float(said["RestartSec"]), int(said["StartLimitBurst"])
    assert pause * most < float(said["StartLimitIntervalSec"])


@pytest.mark.parametrize("name", STRANGE)
def test_a_desktop_has_nothing_to_say_and_starts_it(name: str, tmp_path: Path) -> None:
    needs("desktop-file-validate", "desktop-file-utils")
    path = program(tmp_path / name)
    file = Path(DesktopEntry(tmp_path).put(Start((str(path), "run", name))))
    assert said("desktop-file-validate", file) == ""
    needs("gio", "libglib2.0-bin")
    record = tmp_path / "record"
    env = {"RECORD": str(record), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    said("gio", "launch", file, env=env)
    limit = time.monotonic() + 10
    while not record.exists():  # it is started, and not waited for
        assert time.monotonic() < limit
    assert record.read_text().splitlines() == [str(path), "run", name]


def test_the_entry_says_what_its_validator_does_not_ask_for() -> None:
    text = entry(Start(("/opt/tonny", "run")))
    keys = re.findall(r"^([\w-]+)=", text, re.MULTILINE)
    assert len(keys) == len({*keys})
    assert 'Exec="/opt/tonny" "run"\n' in text
    assert "TryExec=/opt/tonny\n" in text


@given(COMMANDS)
def test_a_unit_and_an_entry_can_be_read_again(command: tuple[str, ...]) -> None:
    start = Start(command)
    assert unit_command(unit(start)) == command
    assert entry_command(entry(start)) == command


@pytest.mark.parametrize("name", STRANGE)
def test_macos_reads_the_property_list(name: str, tmp_path: Path) -> None:
    command = (f"/Users/{name}/tonny-agent", "run", "--at-login")
    way = LaunchAgent(tmp_path)
    file = Path(way.put(Start(command)))
    assert file.name == "dev.tonny.agent.plist"
    written = plistlib.loads(file.read_bytes())
    assert written["ProgramArguments"] == [*command]
    assert written["Label"] == file.stem
    assert written["RunAtLoad"] is True
    found = way.found()
    assert found is not None
    assert found.command == command
    needs("plistutil", "libplist-utils")
    binary = tmp_path / "binary"
    assert said("plistutil", "-i", file, "-o", binary, "-f", "bin") == ""
    assert plistlib.loads(binary.read_bytes()) == written
    assert way.remove()
    assert not way.remove()


OF_LAUNCHD: dict[str, type] = {
    "Label": str,
    "ProgramArguments": list,
    "RunAtLoad": bool,
    "KeepAlive": dict,
    "ThrottleInterval": int,
    "ProcessType": str,
    "LimitLoadToSessionType": str,
    "Umask": int,
}
"""By launchd.plist(5); a key that launchd does not know, it passes over in silence."""


def test_each_key_is_of_the_kind_that_launchd_wants() -> None:
    written = plistlib.loads(agent(Start(("/opt/tonny", "run"))).encode())
    assert {key: type(value) for key, value in written.items()} == OF_LAUNCHD
    # Ended in peace it stays ended; and not more often than every ten seconds.
    assert written["KeepAlive"] == {"SuccessfulExit": False}
    assert written["ThrottleInterval"] >= 10
    assert written["ProcessType"] in {
        "Background",
        "Standard",
        "Adaptive",
        "Interactive",
    }
    assert written["LimitLoadToSessionType"] == "Aqua"  # where microphones are
    assert written["Umask"] == 0o077
    assert Path(written["ProgramArguments"][0]).is_absolute()


class Registry(ModuleType):
    """As much of Windows' as there is to it."""

    HKEY_CURRENT_USER, REG_SZ, KEY_SET_VALUE = "HKCU", 1, 2

    def __init__(self) -> None:
        super().__init__("winreg")
        self.values: dict[str, str] = {}

    def CreateKey(self, root: str, name: str) -> "Registry":  # noqa: N802 # its own name
        assert root == self.HKEY_CURRENT_USER
        return self

    def OpenKey(self, root: str, name: str, *access: int) -> "Registry":  # noqa: N802
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def SetValueEx(self, key: Any, name: str, zero: int, kind: int, value: str) -> None:  # noqa: N802
        self.values[name] = value

    def QueryValueEx(self, key: Any, name: str) -> tuple[str, int]:  # noqa: N802
        if name not in self.values:
            raise FileNotFoundError
        return self.values[name], self.REG_SZ

    def DeleteValue(self, key: Any, name: str) -> None:  # noqa: N802
        if self.values.pop(name, None) is None:
            raise FileNotFoundError


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    fake = Registry()
    monkeypatch.setitem(sys.modules, "winreg", fake)
    return fake


def test_windows_has_one_value_that_can_be_read_again(registry: Registry) -> None:
    way = RunKey()
    command = (r"C:\Users\Jörg Müller\tonny-agent.exe", "run", "--config", r"D:\a b\\")
    assert way.found() is None
    way.put(Start(command))
    way.put(Start(command))
    found = way.found()
    assert found is not None
    assert found.command == command
    assert registry.values["TonnyAgent"].startswith(
        '"C:\\Users\\Jörg Müller\\tonny-agent'
    )
    assert way.remove()
    assert not way.remove()


def test_windows_starts_nothing_longer_than_it_can(registry: Registry) -> None:
    with pytest.raises(Misconfigured, match="260"):
        RunKey().put(Start(("C:\\" + "x" * 260,)))
    assert registry.values == {}


def test_systemd_answers_or_it_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not UserUnit(tmp_path).works()
