"""Whether a second build of the same commit is the same, byte for byte."""

import hashlib
import shutil
from pathlib import Path

from download import deb, pack
from download.compile import FOLDER, build
from download.places import OUT, WORK, say


def repeat() -> None:
    """Build twice, each time from nothing but the compilers' caches; compare all."""
    first, second = _built(), _built()
    different = sorted(
        name for name in first | second if first.get(name) != second.get(name)
    )
    if different:
        listed = "\n  ".join(different)
        raise SystemExit(f"tonny: two builds differ in:\n  {listed}")
    say(f"two builds are the same: {len(first)} files, byte for byte")


def _built() -> dict[str, str]:
    """The digest of everything that a build makes."""
    for folder in (FOLDER, WORK / "agent.build", OUT):
        shutil.rmtree(folder, ignore_errors=True)
    build()
    pack.pack()
    deb.build()
    return _digests(OUT) | _digests(FOLDER)


def _digests(folder: Path) -> dict[str, str]:
    return {
        f"{folder.name}/{path.relative_to(folder)}": hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
