"""The Debian package before its judges; and what these do not ask for."""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from download import deb
from download.compile import FOLDER
from download.places import NAME, ROOT, commit_time, say, version

NEEDED = (
    f"usr/bin/{NAME}",
    f"usr/lib/{NAME}/{NAME}",
    f"usr/lib/{NAME}/THIRD_PARTY_LICENSES",
    f"usr/lib/{NAME}/sbom.cdx.json",
    f"usr/lib/systemd/user/{NAME}.service",
    f"usr/share/applications/{NAME}.desktop",
    f"usr/share/man/man1/{NAME}.1.gz",
    f"usr/share/bash-completion/completions/{NAME}",
    f"usr/share/zsh/vendor-completions/_{NAME}",
    f"usr/share/fish/vendor_completions.d/{NAME}.fish",
    f"usr/share/doc/{NAME}/changelog.gz",
    f"usr/share/doc/{NAME}/copyright",
)


def judge() -> None:
    """None of them has anything to say."""
    _silent("lintian", "--allow-root", str(deb.package()))
    _silent("desktop-file-validate", str(ROOT / f"packaging/linux/{NAME}.desktop"))
    _silent("mandoc", "-T", "lint", "-W", "warning", str(deb.MADE / f"{NAME}.1"))
    log = str(deb.MADE / "changelog")
    told = _said("dpkg-parsechangelog", "-l", log, "-S", "Version").strip()
    if told != version():
        raise SystemExit(f"tonny: the newest version of the changelog is {told}")
    for shell in ("bash", "zsh", "fish"):
        _silent(shell, "-n", str(deb.MADE / f"completion.{shell}"))
    _verify_unit()
    unpack = ("dpkg-deb", "--fsys-tarfile", deb.package())
    packed = subprocess.run(unpack, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        if wrong := [*odd(files.getmembers(), commit_time())]:
            raise SystemExit(
                f"tonny: in {deb.package().name}:\n  " + "\n  ".join(wrong)
            )
    say(f"{deb.package().name}: its judges have nothing to say")


def odd(files: list[tarfile.TarInfo], when: int) -> Iterator[str]:
    """What a package had better not hold, or lacks."""
    names = {file.name.removeprefix("./").rstrip("/") for file in files}
    for name in NEEDED:
        if name not in names:
            yield f"{name} is missing"
    for file in files:
        if (file.uid, file.gid) != (0, 0):
            yield f"{file.name} is not root's"
        if not file.issym() and file.mode not in {0o644, 0o755}:
            yield f"{file.name} has the mode {file.mode:o}"
        if file.mtime != when:
            yield f"{file.name} is of another time than the commit"
        if file.issym() and Path(file.linkname).is_absolute():
            yield f"{file.name} is a link to an absolute path"


def _verify_unit() -> None:
    """With a program that is there: the package is not installed here."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{NAME}.service")
        file.write_text(deb.packaged_unit(str(FOLDER / NAME)))
        session = (f"XDG_RUNTIME_DIR={folder}", f"HOME={folder}")
        verify = ("systemd-analyze", "--user", "verify", "--man=no", str(file))
        _silent("env", *session, *verify)


def _silent(*command: str) -> None:
    if told := _said(*command):
        raise SystemExit(f"tonny: {' '.join(command)} says: {told}")


def _said(*command: str) -> str:
    """What it prints, if it complains of nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"tonny: {' '.join(command)} says: {done.stdout}{done.stderr}")
    return done.stdout
