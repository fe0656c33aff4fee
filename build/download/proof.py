"""The smoke test, on each thing that was made; and whether it would notice."""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard

from agent.doctor.program import SUMS
from download import bareroot, pack
from download.bareroot import DESK
from download.compile import FOLDER
from download.desk import Desk, Failed
from download.places import NAME, run, version
from download.smoke import first_minute
from download.upgrade import older, own, upgrade

PLACE = "/opt/Tonny für Zoë"
"""Where a user may have put it."""


def prove() -> None:
    """Each thing that was made, in a bare root of its own."""
    for kind, install in KINDS.items():
        with _bare_root() as root:
            _run(kind, install(root))
    prove_package()


def prove_package() -> None:
    """The Debian package: over an older one, for the first minute, and purged."""
    with _bare_root() as root:
        before = _everything(root)
        dpkg = ("dpkg", f"--root={root}", "--force-depends", "--no-triggers")
        desk = Desk(root, f"/usr/bin/{NAME}", f"/usr/lib/{NAME}/{NAME}")
        with older() as package:
            run(*dpkg, "--install", package)
        try:
            upgrade(root, dpkg, desk)
        except Failed as exc:
            raise SystemExit(f"  ✗ {exc}") from exc
        print("The Debian package over an older one: all is kept", flush=True)
        _run("Debian package", desk)
        kept = own(desk)
        run(*dpkg, "--purge", NAME)
        if left := _everything(root) - before:
            raise SystemExit(f"  ✗ the package leaves {sorted(left)}")
        if own(desk) != kept:
            raise SystemExit("  ✗ the package takes what is the user's own")
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

USED = (
    "agent/carried/models/**/*",
    "agent/carried/lib/*",
    "agent/config/agent.toml",
    "agent/**/static/*",
    "certifi/cacert.pem",
    "**/*.so",
    "**/*.so.*",
)
"""What is to be missed by whoever needs it; of the rest, such as licences, only the
digest tells."""


def break_each() -> None:
    """Take away one part after the other; the smoke test has to notice each."""
    unnoticed = []
    with _bare_root() as root:
        desk = unpacked(root)
        folder = root / PLACE.lstrip("/") / f"{NAME}-{version()}"
        used = {path for pattern in USED for path in folder.glob(pattern)}
        for part in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = str(part.relative_to(folder))
            with _without(part, folder / SUMS, listed=part not in used):
                try:
                    first_minute(desk, show=False)
                    unnoticed.append(name)
                    print(f"  ✗ without {name}: nothing was noticed", flush=True)
                except Failed as exc:
                    noticed = str(exc).splitlines()[0][:100]
                    print(f"  ✓ without {name}: {noticed}", flush=True)
    if unnoticed:
        raise SystemExit(f"tonny: nothing notices that these are missing: {unnoticed}")


@contextmanager
def _without(part: Path, sums_file: Path, *, listed: bool) -> Iterator[None]:
    """*part* is away; unless *listed*, as if it had never been part of the download."""
    away, digests = part.with_name(f"{part.name}.away"), sums_file.read_text("utf-8")
    name = f"  {part.relative_to(sums_file.parent)}\n"
    if not listed:
        lines = digests.splitlines(keepends=True)
        sums_file.write_text("".join(each for each in lines if not each.endswith(name)))
    part.rename(away)
    try:
        yield
    finally:
        away.rename(part)
        sums_file.write_text(digests, "utf-8")


@contextmanager
def _bare_root() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tonny-bare-"))
    folder.chmod(0o755)
    try:
        bareroot.make(folder)
        yield folder
    finally:
        bareroot.remove(folder)
