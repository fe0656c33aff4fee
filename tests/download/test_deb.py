"""What is in the Debian package beside the program; the package itself is judged by
`just build`."""

import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from agent import __version__
from agent.cli.overview import COMMANDS, STATUSES
from download import deb
from download.judge import NEEDED, odd
from download.manual import manual
from tests.desktop.starts import program
from tests.desktop.test_autostart_formats import OF_A_USER, facts, needs, said, verified

ROOT = Path(__file__).parents[2]
TIME = 1_700_000_000


def member(name: str, mode: int = 0o644) -> tarfile.TarInfo:
    found = tarfile.TarInfo(f"./{name}")
    found.mode, found.mtime = mode, TIME
    return found


def link(name: str, to: str) -> tarfile.TarInfo:
    found = member(name, 0o777)
    found.type, found.linkname = tarfile.SYMTYPE, to
    return found


WHOLE = [member(name) for name in NEEDED]


def test_nothing_is_odd_about_a_package_that_has_all() -> None:
    assert [*odd([*WHOLE, link("usr/bin/x", "../lib/x")], TIME)] == []


def test_what_is_odd_about_a_package_is_told() -> None:
    of_a_builder, of_today = member("builder"), member("today")
    of_a_builder.uid = 1000
    of_today.mtime += 1
    more = [of_a_builder, of_today, member("root", 0o4755), link("away", "/usr/x")]
    assert [*odd([*WHOLE[1:], *more], TIME)] == [
        "usr/bin/tonny-agent is missing",
        "./builder is not root's",
        "./today is of another time than the commit",
        "./root has the mode 4755",
        "./away is a link to an absolute path",
    ]


def test_what_is_packed_knows_neither_who_built_it_nor_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TIME))
    (tmp_path / "folder").mkdir(mode=0o700)
    run = program(tmp_path / "folder")
    text = tmp_path / "folder/LICENSE"
    text.touch(mode=0o600)
    deb.settle(tmp_path)
    settled = {each: each.stat() for each in (tmp_path, run.parent, run, text)}
    assert [each.st_mode & 0o7777 for each in settled.values()] == [
        *(0o755, 0o755, 0o755, 0o644)
    ]
    assert {each.st_mtime for each in settled.values()} == {TIME}


def test_systemd_has_nothing_to_say_of_the_packaged_unit(tmp_path: Path) -> None:
    text = deb.packaged_unit(str(program(tmp_path / "usr bin")))
    assert facts(text).keys() <= OF_A_USER
    assert facts(text)["Documentation"] == "man:tonny-agent(1)"
    assert "autostart enable" not in text
    assert verified(text, tmp_path) == ""


def test_a_desktop_has_nothing_to_say_of_the_menu_entry() -> None:
    needs("desktop-file-validate", "desktop-file-utils")
    file = ROOT / "packaging/linux/tonny-agent.desktop"
    assert said("desktop-file-validate", file) == ""
    lines = dict(line.split("=", 1) for line in file.read_text().splitlines()[1:])
    assert lines["TryExec"] == lines["Exec"].split()[0] == "tonny-agent"
    assert lines["Exec"].split()[1] in COMMANDS
    assert lines["Terminal"] == "true"  # it is listened to, and ended by Ctrl-C


def test_the_manual_page_has_no_mistake_and_tells_all(tmp_path: Path) -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("not installed: mandoc")
    page = tmp_path / "tonny-agent.1"
    page.write_text(manual())
    lint = ["mandoc", "-T", "lint", "-W", "warning", str(page)]
    assert subprocess.run(lint, capture_output=True, check=True).stdout == b""
    printed = subprocess.run(
        ["mandoc", "-T", "ascii", "-O", "width=200", str(page)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    shown = " ".join(re.sub(".\\x08", "", printed).split())  # bold is struck twice
    assert f"tonny-agent {__version__}" in shown
    for name, (_, line) in COMMANDS.items():
        assert f" {name} {line}" in shown
    for status, line in STATUSES.items():
        assert f" {status} {line}" in shown


def test_debian_reads_the_changelog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("dpkg-parsechangelog") is None:
        pytest.skip("not installed: dpkg-dev")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(TIME))
    file = tmp_path / "changelog"
    file.write_text(deb.changelog((ROOT / "CHANGELOG.md").read_text("utf-8")))
    done = subprocess.run(
        ["dpkg-parsechangelog", "-l", str(file)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    assert f"\nVersion: {__version__}\n" in done.stdout
    assert f"\nTimestamp: {TIME}\n" in done.stdout
    assert "`tonny-agent autostart" in done.stdout


def test_the_copyright_names_every_part_and_is_debians_format() -> None:
    """RFC 822's paragraphs, as the machine-readable format 1.0 has them."""
    licence = (ROOT / "LICENSE").read_text("utf-8")
    listed = (
        "Those of others:\n\n  trio 1.0: MIT\n  h11 2.0: Zlib\n\n====\ntrio\n\nText\n"
    )
    head, files = deb.copyright_file(licence, listed).split("\n\n")
    assert head.startswith("Format: https://www.debian.org/doc/packaging-manuals/")
    assert head.endswith(":\n .\n   trio 1.0: MIT\n   h11 2.0: Zlib")
    assert files.startswith(
        "Files: *\nCopyright: 2026 Tonny contributors\nLicense: MIT\n"
    )
    for line in f"{head}\n{files}".splitlines():
        assert re.match(r"[A-Z][\w-]+: \S| \S|   \S", line), line
    text = [line.strip() for line in files.splitlines()[3:]]
    assert [line for line in text if line != "."] == [
        line.strip() for line in licence.splitlines()[2:] if line.strip()
    ]
