"""How old the target's C library may be: every part says which version it needs."""

import re
import subprocess
from pathlib import Path

OLDEST = (2, 35)
"""What README and the Debian package promise: Debian 12, Ubuntu 22.04."""

LAST_RESORT = {"libstdc++.so.6"}
"""Carried, and loaded only where the system has none; then it may need a newer one."""

_VERSION = re.compile(r"\bGLIBC_(\d+)\.(\d+)")


def needed(file: Path) -> tuple[int, int]:
    """The newest version of the C library of which *file* uses something; (0, 0) for
    what is no program and no library."""
    shown = subprocess.run(
        ("objdump", "-T", file), capture_output=True, text=True, check=False
    ).stdout
    return max(
        ((int(major), int(minor)) for major, minor in _VERSION.findall(shown)),
        default=(0, 0),
    )


def check(*places: Path) -> None:
    """Raises `SystemExit` where something in these needs a newer one than `OLDEST`."""
    files = [
        file
        for place in places
        for file in (sorted(place.rglob("*")) if place.is_dir() else [place])
        if file.is_file() and (".so" in file.name or not file.suffix)
    ]
    too_new = [
        f"{file.name} needs {'.'.join(map(str, version))}"
        for file in files
        if file.name not in LAST_RESORT and (version := needed(file)) > OLDEST
    ]
    if too_new:
        promised = ".".join(map(str, OLDEST))
        raise SystemExit(
            f"tonny: glibc {promised} is promised, but {'; '.join(too_new)}"
        )
