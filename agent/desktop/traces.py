"""What Tonny has made on this computer, for those who want all of it gone."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from agent.errors import Misconfigured

_OURS = (
    "tonny.db*",
    "tonny.log*",
    "tonny-damaged-*",
    "backups",
    "lock",
    "start.json",
    "updates.json",
    "metrics.token",
    "voice",
    "speech",
)
"""In a data folder: there may be something else in one that the user has named."""

_PLAINLY_OURS = ("tonny.*", "lock", "start.json", "updates.json", "metrics.token")


class Trace(msgspec.Struct, frozen=True):
    """A file, or a folder with all in it."""

    path: Path
    what: str
    size: int

    def as_text(self) -> str:
        return f"{self.path}  ({self.what}, {_sized(self.size)})"


def traces(
    data: Path, usual: Path, others: Iterable[tuple[Path, str]]
) -> Iterator[Trace]:
    """What there is of it: *data* is all ours where it is the *usual* folder, and the
    *others* are files and folders of our own."""
    if _is_there(data):
        there = [*data.iterdir()]
        known = {path for pattern in _OURS for path in data.glob(pattern)}
        whole = (data == usual and not data.is_symlink()) or known == {*there}
        if whole:
            yield _trace(data, "the record, the logs and what was said")
        else:
            plain = {path for pattern in _PLAINLY_OURS for path in data.glob(pattern)}
            for path in sorted(plain):
                yield _trace(path, "the record and the logs")
    for path, what in others:
        if _is_there(path):
            yield _trace(path, what)


def remove(found: Iterable[Trace]) -> None:
    """Raises `Misconfigured` at the first that stays."""
    for trace in found:
        try:
            if trace.path.is_dir() and not trace.path.is_symlink():
                shutil.rmtree(trace.path)
            else:
                trace.path.unlink(missing_ok=True)
        except OSError as exc:
            raise Misconfigured(
                f"{exc.filename or trace.path} cannot be removed: {exc.strerror}"
            ) from exc


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _trace(path: Path, what: str) -> Trace:
    inside = [] if path.is_symlink() else [*path.rglob("*")]
    sizes = (each.lstat().st_size for each in (path, *inside) if not each.is_dir())
    return Trace(path, what, sum(sizes))


def _sized(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"
