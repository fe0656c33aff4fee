"""A newer Debian package over an older one: the program is another, the user's own is not."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from download import deb
from download.bareroot import DESK
from download.desk import Desk, Failed
from download.places import NAME, run, version

OLDER = "0.0.1"
GONE = f"usr/lib/{NAME}/of-the-older-version"
"""A file that the newer version no longer has."""


@contextmanager
def older() -> Iterator[Path]:
    """The same program as a package of an older version."""
    with tempfile.TemporaryDirectory(prefix="tonny-older-") as place:
        folder, package = Path(place, "package"), Path(place, "older.deb")
        run("dpkg-deb", "--raw-extract", deb.package(), folder)
        control = folder / "DEBIAN/control"
        text = control.read_text("utf-8")
        new, old = (f"\nVersion: {each}\n" for each in (version(), OLDER))
        if new not in text:
            raise SystemExit(f"tonny: {deb.package().name} is not of this version")
        control.write_text(text.replace(new, old), "utf-8")
        (folder / GONE).write_text("")
        owner = ("--root-owner-group", "-Znone")
        run("dpkg-deb", *owner, "--build", folder, package)
        yield package


def upgrade(root: Path, dpkg: tuple[str, ...], desk: Desk) -> None:
    """Use *desk*, which has the older version, and then the newer; see what is kept."""
    if not (root / GONE).exists():
        raise Failed("the older package is not the one that is there")
    desk.run("config", "init", home=DESK)
    desk.run("ask", "What time is it?", home=DESK)
    desk.run("autostart", "enable", home=DESK)
    before, standing, said = own(desk), _standing(desk), desk.run("log", home=DESK)
    if "What time is it?" not in said or not standing["enabled"]:
        raise Failed(f"the older version does not work: {said} {standing}")
    run(*dpkg, "--install", deb.package())
    asked = (
        "dpkg-query",
        f"--admindir={root}/var/lib/dpkg",
        "-W",
        "-f=${Version}",
        NAME,
    )
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    if done.stdout != version() or (root / GONE).exists():
        raise Failed(f"after the upgrade it is {done.stdout}, or has files of before")
    if own(desk) != before:
        raise Failed("the upgrade changes what is the user's own")
    if _standing(desk) != standing or desk.run("log", home=DESK) != said:
        raise Failed("the upgrade loses what was said, or the start at log-in")


def _standing(desk: Desk) -> dict[str, object]:
    found: dict[str, object] = json.loads(
        desk.run("autostart", "status", "--json", home=DESK)
    )
    return found


def own(desk: Desk) -> dict[str, bytes]:
    """The files of the user there, but for those that an open database has."""
    return {
        str(path): path.read_bytes()
        for path in sorted(desk.path("").rglob("*"))
        if path.is_file() and not path.name.endswith((".db-shm", ".db-wal"))
    }
