"""The Debian package."""

import gzip
import os
import platform
import re
import subprocess
import textwrap
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from agent.desktop.autostart.program import Start
from agent.desktop.autostart.systemd import unit
from download.compile import FOLDER
from download.manual import manual
from download.places import (
    NAME,
    OUT,
    PYTHON,
    ROOT,
    WORK,
    commit_time,
    run,
    say,
    version,
)

MADE = WORK / "deb"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
LICENCES = ("LICENSE", "THIRD_PARTY_LICENSES")
MAINTAINER = "Tonny contributors <tonny@localhost.localdomain>"


def package() -> Path:
    return OUT / f"{NAME}_{version()}_{_architecture()}.deb"


def _architecture() -> str:
    return ARCHITECTURES[platform.machine()]


def build() -> None:
    MADE.mkdir(parents=True, exist_ok=True)
    settle(FOLDER)
    (MADE / "tonny-agent.service").write_text(packaged_unit(f"/usr/bin/{NAME}"))
    _compressed("tonny-agent.1.gz", manual())
    _compressed("changelog.gz", changelog((ROOT / "CHANGELOG.md").read_text("utf-8")))
    texts = ((FOLDER / each).read_text("utf-8") for each in LICENCES)
    (MADE / "copyright").write_text(copyright_file(*texts), "utf-8")
    for shell in ("bash", "zsh", "fish"):
        script = _said(str(FOLDER / NAME), "completion", shell)
        (MADE / f"completion.{shell}").write_text(script)
    when = datetime.fromtimestamp(commit_time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    recipe = (ROOT / "packaging/linux/nfpm.yaml").read_text()
    names = {
        "arch": _architecture(),
        "version": version(),
        "mtime": when,
        "folder": FOLDER,
        "made": MADE,
        "root": ROOT,
    }
    filled = re.sub(r"\{(\w+)\}", lambda name: str(names[name[1]]), recipe)
    (MADE / "nfpm.yaml").write_text(filled)
    nfpm = PYTHON.with_name("nfpm")
    files = ("--config", MADE / "nfpm.yaml", "--target", package())
    epoch = str(commit_time())
    run(nfpm, "package", "--packager", "deb", *files, SOURCE_DATE_EPOCH=epoch)
    say(f"{package().name}: {package().stat().st_size / 1e6:.1f} MB")


def packaged_unit(program: str) -> str:
    """What `autostart enable` writes for one user, for all: each still has to enable it."""
    text = re.sub(r"^# Made by .*\n", "", unit(Start((program, "run", "--at-login"))))
    manual_page = f"Documentation=man:{NAME}(1)"
    return re.sub(
        r"^(Description=.*)$", rf"\1\n{manual_page}", text, flags=re.MULTILINE
    )


def settle(folder: Path) -> None:
    """What nfpm takes over from the disk: whoever built this, and when, is not in it."""
    for path in (folder, *folder.rglob("*")):
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)
        os.utime(path, (commit_time(), commit_time()))


def _compressed(name: str, text: str) -> None:
    content = gzip.compress(text.encode(), compresslevel=9, mtime=0)
    (MADE / name).write_bytes(content)
    (MADE / name).with_suffix("").write_text(text, "utf-8")


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def changelog(markdown: str) -> str:
    """Debian's kind of changelog, of the newest version."""
    latest = re.split(r"^## .*$", markdown, flags=re.MULTILINE)[1]
    entries = re.findall(r"^- (.+(?:\n  .+)*)", latest, flags=re.MULTILINE)
    changes = [
        textwrap.fill(f"  * {' '.join(entry.split())}", 78, subsequent_indent="    ")
        for entry in entries
    ]
    when = format_datetime(datetime.fromtimestamp(commit_time(), UTC))
    head = f"{NAME} ({version()}) unstable; urgency=medium"
    return "\n".join([head, "", *changes, "", f" -- {MAINTAINER}  {when}", ""])


def copyright_file(licence: str, third_parties: str) -> str:
    """Debian's machine-readable one, from LICENSE and THIRD_PARTY_LICENSES."""
    owner, *body = licence.strip().splitlines()[2:]
    parts = third_parties.split("\n\n")[1].splitlines()
    return "\n".join(
        [
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
            f"Upstream-Name: {NAME}",
            "Comment: It carries the work of others, each under its own licence, of which",
            f" the text is in /usr/lib/{NAME}/THIRD_PARTY_LICENSES:",
            " .",
            *(f" {part}" for part in parts),
            "",
            "Files: *",
            f"Copyright: {owner.removeprefix('Copyright (c) ')}",
            "License: MIT",
            *(f" {line}" if line.strip() else " ." for line in (owner, *body)),
            "",
        ]
    )
