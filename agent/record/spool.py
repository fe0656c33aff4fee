"""Speech on disk that nothing could transcribe yet: one WAV file an utterance."""

import logging
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

import trio

from agent.errors import Refused, Unavailable, translating
from agent.record.note import HEAD, Damaged, Note, decoded, encoded

__all__ = ["FOLDER", "Note", "Spool"]

FOLDER = "speech"
"""Its name in the data folder."""

_OURS = re.compile(r"\d{14}-[0-9a-f]{8}\.wav")
_UNFINISHED = re.compile(rf"{_OURS.pattern}\.part")

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Spool:
    """At most *keep_mb* (of 1 000 000 bytes) of speech in *folder*, which is made when
    it is first needed. Nobody else may write there.

    Whatever is awaited raises `Unavailable` when the disk is full or fails, and is
    done to its end even when whoever waits for it is cancelled.
    """

    def __init__(self, folder: Path, keep_mb: int) -> None:
        self._folder = folder
        self._keep_mb = keep_mb
        self._kept: dict[str, tuple[Note, int]] = {}
        self._used = 0
        self._latest = 0
        self._news = trio.Event()
        self._thread = trio.CapacityLimiter(1)

    @classmethod
    async def open(cls, folder: Path, keep_mb: int) -> "Spool":
        """With what earlier sessions left in *folder*."""
        spool = cls(folder, keep_mb)
        for note, size in await spool._run(lambda: [*_found(folder)]):
            spool._kept[note.id] = note, size
            spool._used += size
            spool._latest = max(spool._latest, int(note.id.partition("-")[0]))
        return spool

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._kept

    async def filled(self) -> None:
        """Wait until something waits."""
        while not self._kept:
            await self._news.wait()

    def new_id(self, said_at: float) -> str:
        """For an utterance that follows all others, whatever the clock says."""
        self._latest = max(self._latest + 1, round(said_at * 1000))
        return f"{self._latest:014}-{secrets.token_hex(4)}"

    async def keep(self, pcm: bytes, note: Note) -> None:
        """Return once it is durable. Raises `Refused` when there is no room for it:
        what is there already is never given up for it."""
        content = encoded(note, pcm)
        size = len(content)
        if self._used + size > self._keep_mb * 1_000_000:
            raise Refused(
                f"{self._used / 1e6:.1f} MB of speech wait on disk already, and"
                f" stt.keep_mb is {self._keep_mb}: this was not kept"
            )
        self._used += size  # from now on, so that two at once do not both fit
        try:
            await self._run(lambda: _write(self._path(note), content))
        except BaseException:
            self._used -= size
            raise
        self._kept[note.id] = note, size
        self._news.set()
        self._news = trio.Event()

    async def waiting(self) -> list[Note]:
        """All that waits, the oldest first."""
        await trio.lowlevel.checkpoint()
        return [note for _, (note, _) in sorted(self._kept.items())]

    async def load(self, note: Note) -> bytes:
        """Its PCM. Raises `Refused` when someone took or changed the file; it should
        be forgotten then."""
        return await self._run(lambda: _load(self._path(note)))

    async def forget(self, note: Note) -> None:
        """It is done with: gone from here at once, and durably on return."""
        _, size = self._kept.pop(note.id, (note, 0))
        self._used -= size
        await self._run(lambda: _remove(self._path(note)))

    def _path(self, note: Note) -> Path:
        return self._folder / f"{note.id}.wav"

    async def _run(self, work: Callable[[], Result]) -> Result:
        with translating({OSError: Unavailable}, "speech on disk: "):
            return await trio.to_thread.run_sync(work, limiter=self._thread)


def _found(folder: Path) -> Iterator[tuple[Note, int]]:
    """All that is whole in *folder*, with its size; what is not is set aside."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        name = path.name
        if _UNFINISHED.fullmatch(name):
            path.unlink(missing_ok=True)  # its writer died, and had promised nothing
        elif _OURS.fullmatch(name):
            try:
                with _opened(path) as file:
                    note, _ = _note(file, path)
                    yield note, os.fstat(file.fileno()).st_size
            except Damaged as exc:
                _set_aside(path, exc)
            except OSError as exc:
                logger.warning("the speech in %s cannot be read: %s", path, exc)


def _load(path: Path) -> bytes:
    try:
        with _opened(path) as file:
            _, begin = _note(file, path)
            file.seek(begin)
            return file.read()
    except FileNotFoundError as exc:
        raise Refused(f"the speech in {path} is no longer there") from exc
    except Damaged as exc:
        _set_aside(path, exc)
        raise Refused(f"the speech in {path} is damaged: {exc}") from exc


def _opened(path: Path) -> BinaryIO:
    """Never what a link points to, and nothing that would make us wait."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Damaged("no file")
    return open(path, "rb", opener=lambda p, flags: os.open(p, flags | os.O_NOFOLLOW))


def _note(file: BinaryIO, path: Path) -> tuple[Note, int]:
    head = file.read(HEAD)
    note, begin = decoded(head, os.fstat(file.fileno()).st_size)
    if note.id != path.stem:
        raise Damaged(f"the speech of {note.id}")
    return note, begin


def _set_aside(path: Path, why: Damaged) -> None:
    logger.warning("%s is damaged (%s) and set aside", path, why)
    try:
        path.rename(f"{path}.damaged")
    except OSError as exc:
        logger.warning("%s cannot be renamed: %s", path, exc)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, whatever happens: a file that is there is whole."""
    _make_private(path.parent)
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "xb", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise NotADirectoryError(f"{folder} is a link")
    folder.chmod(0o700)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make its names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
