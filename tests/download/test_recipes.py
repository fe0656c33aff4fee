"""The recipes for systems that we do not have, as far as they can be looked at here."""

import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agent import __version__
from agent.cli.interpret import application
from agent.desktop.autostart.launchd import LABEL

PACKAGING = Path(__file__).parents[2] / "packaging"
INSTALLER = (PACKAGING / "windows/tonny-agent.iss").read_text("utf-8")
SECTIONS = re.split(r"^\[(\w+)\]$", INSTALLER, flags=re.MULTILINE)
ENTRIES = dict(zip(SECTIONS[1::2], SECTIONS[2::2], strict=True))
NEEDED = {
    "Tasks": {"Name", "Description"},
    "Files": {"Source", "DestDir"},
    "Icons": {"Name", "Filename"},
    "Registry": {"Root", "Subkey", "ValueType", "ValueName", "ValueData"},
    "Run": {"Filename", "Parameters"},
    "UninstallRun": {"Filename", "Parameters", "RunOnceId"},
}


def test_the_app_says_why_it_wants_the_microphone() -> None:
    about = plistlib.loads((PACKAGING / "macos/Info.plist").read_bytes())
    assert "listens" in about["NSMicrophoneUsageDescription"]
    assert about["CFBundleShortVersionString"] == about["CFBundleVersion"]
    assert about["CFBundleVersion"] == __version__
    assert about["CFBundleExecutable"] == "tonny-agent"
    assert about["CFBundleIdentifier"] == LABEL


def test_each_key_of_the_app_is_of_the_kind_that_macos_wants() -> None:
    about = plistlib.loads((PACKAGING / "macos/Info.plist").read_bytes())
    assert about.pop("LSUIElement") is True
    assert all(isinstance(value, str) and value for value in about.values())
    assert about["CFBundlePackageType"] == "APPL"
    assert re.fullmatch(r"\d+\.\d+\.\d+", about["CFBundleVersion"])
    assert re.fullmatch(r"\d+\.\d+", about["LSMinimumSystemVersion"])
    assert re.fullmatch(r"[A-Za-z0-9.-]+", about["CFBundleIdentifier"])


def test_what_the_app_may_do_is_allowed_or_not() -> None:
    allowed = plistlib.loads((PACKAGING / "macos/entitlements.plist").read_bytes())
    assert all(key.startswith("com.apple.security.") for key in allowed)
    assert {*map(type, allowed.values())} == {bool}


def test_the_app_may_use_the_microphone() -> None:
    allowed = plistlib.loads((PACKAGING / "macos/entitlements.plist").read_bytes())
    assert allowed["com.apple.security.device.audio-input"] is True


@pytest.mark.parametrize("name", ["Info.plist", "entitlements.plist"])
def test_another_reader_reads_the_property_lists(name: str, tmp_path: Path) -> None:
    if shutil.which("plistutil") is None:
        pytest.skip("not installed: libplist-utils")
    out = tmp_path / "out.plist"
    command = ["plistutil", "-i", str(PACKAGING / "macos" / name), "-f", "bin"]
    subprocess.run([*command, "-o", str(out)], check=True)
    assert plistlib.loads(out.read_bytes()) == plistlib.loads(
        (PACKAGING / "macos" / name).read_bytes()
    )


def test_the_steps_for_macos_are_a_script() -> None:
    subprocess.run(["sh", "-n", str(PACKAGING / "macos/build")], check=True)


def test_the_installer_is_of_this_version_and_for_one_user() -> None:
    assert f'#define Version "{__version__}"' in SECTIONS[0]
    settings = dict(
        line.split("=", 1) for line in ENTRIES["Setup"].splitlines() if "=" in line
    )
    assert settings["PrivilegesRequired"] == "lowest"
    assert re.fullmatch(r"\{\{[0-9A-F-]{36}\}", settings["AppId"])
    for name in ("LicenseFile", "OutputDir"):
        place = PACKAGING / "windows" / settings[name].replace("\\", "/")
        assert place.parent.is_dir()


@pytest.mark.parametrize("section", NEEDED)
def test_each_entry_of_the_installer_has_what_it_needs(section: str) -> None:
    entries = [line for line in ENTRIES[section].splitlines() if line]
    assert entries
    for entry in entries:
        parts = [part.strip() for part in entry.split("; ")]
        assert all(re.match(r'\w+: ("[^"]*"|[\w ]+)$', part) for part in parts), entry
        assert NEEDED[section] <= {part.split(":")[0] for part in parts}


def test_the_installer_undoes_what_it_did() -> None:
    assert "autostart enable" in ENTRIES["Run"]
    assert "autostart disable" in ENTRIES["UninstallRun"]


def test_what_the_installer_names_is_there() -> None:
    tasks = {*re.findall(r'Name: "(\w+)"', ENTRIES["Tasks"])}
    used = {*re.findall(r"Tasks: (\w+)", INSTALLER)}
    assert used == tasks
    checks = {*re.findall(r"Check: (\w+)", INSTALLER)}
    assert checks <= {*re.findall(r"function (\w+): Boolean;", ENTRIES["Code"])}
    programs = {*re.findall(r"\{app\}\\([\w.-]+)", INSTALLER)}
    assert programs == {"tonny-agent.exe"}
    recipe = (PACKAGING / "windows/README.md").read_text("utf-8")
    assert f"--output-filename={programs.pop()} " in recipe
    assert f"--product-version={__version__}.0 " in recipe
    defined = {*re.findall(r"^#define (\w+)", INSTALLER, re.MULTILINE)}
    assert {*re.findall(r"\{#(\w+)\}", INSTALLER)} == defined


def test_what_the_installer_starts_is_a_command() -> None:
    for line in re.findall(r'Parameters: "([^"]*)"', INSTALLER):
        first, *rest = line.split()
        app = application(first)[first]
        for word in rest:
            app = app[word]
        assert app.default_command is not None
