"""The smoke test, on each thing that was made; and whether it would notice."""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard

from download import bareroot, deb, pack
from download.bareroot import DESK
from download.compile import FOLDER
from download.places import NAME, run, version
from download.smoke import Desk, Failed, first_minute

PLACE = "/opt/Tonny für Zoë"
"""Where a user may have put it."""


def prove() -> None:
    """Each thing that was made, in a bare root of its own."""
    for kind, install in KINDS.items():
        with _bare_root() as root:
            _run(kind, install(root))
    with _bare_root() as root:
        before = _everything(root)
        dpkg = ("dpkg", f"--root={root}", "--force-depends", "--no-triggers")
        run(*dpkg, "--install", deb.package())
        _run(
            "Debian package", Desk(root, f"/usr/bin/{NAME}", f"/usr/lib/{NAME}/{NAME}")
        )
        run(*dpkg, "--purge", NAME)
        if left := _everything(root) - before:
            raise SystemExit(f"  ✗ the package leaves {sorted(left)}")
        print("  ✓ purged, and nothing is left", flush=True)


def prove_folder() -> None:
    """The folder alone, as it was compiled: what CI has the time for."""
    with _bare_root() as root:
        target = root / PLACE.lstrip("/") / NAME
        shutil.copytree(FOLDER, target, copy_function=os.link)
        _run("folder", Desk(root, f"{PLACE}/{NAME}/{NAME}"))


def _run(kind: str, desk: Desk) -> None:
    print(f"The first minute with the {kind}:", flush=True)
    try:
        first_minute(desk)
    except Failed as exc:
        raise SystemExit(f"  ✗ {exc}") from exc


def _everything(root: Path) -> set[str]:
    """What is there, but for the user's own and dpkg's notes."""
    found = {str(path.relative_to(root)) for path in root.rglob("*")}
    own = (f"{DESK}/".lstrip("/"), "tmp/", "var/lib/dpkg/", "var/log/")
    return {name for name in found if not name.startswith(own)}


def unpacked(root: Path) -> Desk:
    """The archive, as `tar -xf` leaves it."""
    target = root / PLACE.lstrip("/")
    target.mkdir(parents=True)
    with pack.archive().open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file)
        with tarfile.open(fileobj=reader, mode="r|") as tar:
            tar.extractall(target, filter="data")
    return Desk(root, f"{PLACE}/{NAME}-{version()}/{NAME}")


def as_single_file(root: Path) -> Desk:
    target = root / PLACE.lstrip("/")
    target.mkdir(parents=True)
    shutil.copy(pack.single_file(), target / NAME)
    return Desk(root, f"{PLACE}/{NAME}")


KINDS: dict[str, Callable[[Path], Desk]] = {
    "archive": unpacked,
    "single file": as_single_file,
}

PARTS = (
    "agent/carried/models/*",
    "agent/carried/models/*/*",
    "agent/carried/lib/*",
    "agent/config/agent.toml",
    "agent/**/static/*",
    "certifi/cacert.pem",
    "**/*.so",
    "**/*.so.*",
)
"""What travels inside beside the program itself, as patterns."""


def break_each() -> None:
    """Take away one part after the other; the smoke test has to notice each."""
    unnoticed = []
    with _bare_root() as root:
        desk = unpacked(root)
        folder = root / PLACE.lstrip("/") / f"{NAME}-{version()}"
        parts = {path for each in PARTS for path in folder.glob(each) if path.is_file()}
        for part in sorted(parts):
            name = part.relative_to(folder)
            away = root / "away"
            part.rename(away)
            try:
                first_minute(desk, show=False)
                unnoticed.append(str(name))
                print(f"  ✗ without {name}: nothing was noticed", flush=True)
            except Failed as exc:
                print(
                    f"  ✓ without {name}: {str(exc).splitlines()[0][:100]}", flush=True
                )
            away.rename(part)
    if unnoticed:
        raise SystemExit(f"tonny: nothing notices that these are missing: {unnoticed}")


@contextmanager
def _bare_root() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tonny-bare-"))
    folder.chmod(0o755)
    try:
        bareroot.make(folder)
        yield folder
    finally:
        bareroot.remove(folder)
