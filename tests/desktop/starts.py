"""A program in places with names that have to be quoted, and a user's systemd."""

import os
from pathlib import Path

import pytest

STRANGE = (
    "two words",
    'fifty % "off"',
    "Müller's 音声",
    "back\\slash",
    "$HOME `tick`",
    "a=b",
    "semi;colon #hash ~tilde {brace} &and |or <less> *?",
    "%h %% $$ \\n \\\\",
)

# Enough of systemctl: links are made and removed as its real one does, and it answers.
_SYSTEMCTL = """\
#!/bin/sh
echo "$*" >>"{log}"
units="{units}"
shift 2
case $1 in
    show) printf 'Version=252\\n%s\\n' "$TOLD" ;;
    daemon-reload) ;;
    is-active) [ "$2" = "$ACTIVE" ] ;;
    reenable)
        rm -f "$units"/*.wants/"$2"
        wanted=$(sed -n 's/^WantedBy=//p' "$units/$2")
        mkdir -p "$units/$wanted.wants"
        ln -s "$units/$2" "$units/$wanted.wants/$2" ;;
    disable) rm -f "$units"/*.wants/"$2" ;;
    *) exit 1 ;;
esac
"""


def program(folder: Path) -> Path:
    """Something that can be started: it writes down how it was."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tonny-agent"
    path.write_text(
        '#!/bin/sh\nif [ "$1" != --version ]; then printf "%s\\n" "$0" "$@"'
        ' >"$RECORD.tmp" && mv "$RECORD.tmp" "$RECORD"; fi\n'
    )
    path.chmod(0o755)
    return path


class FakeSystemd:
    """A `systemctl` before all others in PATH; *units* is where the user's units are."""

    def __init__(self, folder: Path, units: Path) -> None:
        self._log = folder / "asked"
        self._command = folder / "bin/systemctl"
        self._command.parent.mkdir(parents=True)
        self._command.write_text(_SYSTEMCTL.format(log=self._log, units=units))
        self._command.chmod(0o755)

    @property
    def path(self) -> str:
        return f"{self._command.parent}:{os.environ['PATH']}"

    @property
    def asked(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []

    def die(self) -> None:
        """As where there is no user manager."""
        self._command.write_text("#!/bin/sh\nexit 1\n")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration folder, in which nothing is started yet."""
    config = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setattr("agent.desktop.autostart.program._temporary", lambda: ())
    return config


@pytest.fixture
def systemd(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystemd:
    fake = FakeSystemd(tmp_path / "fake", home / "systemd/user")
    monkeypatch.setenv("PATH", fake.path)
    monkeypatch.setenv("ACTIVE", "graphical-session.target")
    monkeypatch.setenv("TOLD", "")
    return fake
