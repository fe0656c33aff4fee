"""What ElevenLabs has said once, kept to be said again: at once, and without it.

A file a passage, named for a hash of all that decides how it sounds; the text is nowhere
in it. The files' own times tell which of them was used last. Whoever writes one writes it
whole, under another name first: so two programs may share the folder.
"""

import hashlib
import logging
import os
import struct
import tempfile
import unicodedata
from collections import OrderedDict
from pathlib import Path

import msgspec
import trio

from agent.config.settings import Tts
from agent.ports import Passage
from agent.speaking.elevenlabs.instead import Memory
from agent.speaking.elevenlabs.request import (
    dictionaries,
    language,
    own_speed,
    voice_settings,
)

logger = logging.getLogger(__name__)

FOLDER = "voice"
_SUFFIX = ".pcm"
_HEAD = struct.Struct("<8sI32s")
"""What a file begins with: a magic word, the rate, and the SHA-256 of its sound."""

_MAGIC = b"tonny\0v1"
_MB = 1 << 20


class Stats(msgspec.Struct, frozen=True):
    """*seconds* of sound in *entries* files, of *bytes* in all; at most *limit*."""

    entries: int
    bytes: int
    limit: int
    seconds: float


class Cache:
    """Satisfies `agent.ports.Shelf`. Whatever is wrong with its folder, it only forgets.

    Of one passage there is a version for each that came before it; one without anything
    before it does for all.
    """

    voice = "elevenlabs"

    def __init__(
        self, folder: Path, settings: Tts, memory: Memory | None = None
    ) -> None:
        self._folder = folder
        self._memory = memory or Memory(settings)
        self._settings = settings
        self._limit = settings.cache_mb * _MB
        self._sizes: OrderedDict[str, int] | None = None
        self._one = trio.CapacityLimiter(1)  # at a time, in a thread

    def own_speed(self, wanted: float) -> float:
        return own_speed(wanted)

    async def find(self, passage: Passage) -> tuple[bytes, int] | None:
        """PCM and its rate, if it is there and whole."""
        if not self._limit:
            return None
        alone = msgspec.structs.replace(passage, before="")
        names = dict.fromkeys([self.name(passage), self.name(alone)])
        return await trio.to_thread.run_sync(self._read, names, limiter=self._one)

    async def keep(self, passage: Passage, pcm: bytes, rate: int) -> None:
        """All of *passage*; what was used longest ago makes room for it."""
        if self._limit and len(pcm) <= self._limit // 2:
            await trio.to_thread.run_sync(
                self._write, self.name(passage), pcm, rate, limiter=self._one
            )

    def name(self, passage: Passage) -> str:
        """A hash of the text and of every setting that can be heard."""
        settings, speed = self._settings, own_speed(passage.speed)
        instead = self._memory.found
        heard = {
            "v": 1,
            "engine": "elevenlabs",
            "host": settings.base_url,
            "voice": instead.voice or settings.voice,
            "model": settings.model,
            "format": instead.format or settings.format,
            "language": language(settings),
            "text": _normal(passage.text),
            "before": _normal(passage.before),
            "settings": voice_settings(settings, speed),
            "seed": settings.seed,
            "normalization": settings.normalization,
            "dictionaries": dictionaries(settings),
        }
        canonical = msgspec.json.encode(heard, order="deterministic")
        return hashlib.sha256(canonical).hexdigest()

    async def stats(self) -> Stats:
        return await trio.to_thread.run_sync(self._stats, limiter=self._one)

    async def clear(self) -> Stats:
        """Forget everything; returns what that was."""
        return await trio.to_thread.run_sync(self._clear, limiter=self._one)

    def _known(self) -> OrderedDict[str, int]:
        """The size of each file, the one that was used longest ago first."""
        if self._sizes is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found: list[tuple[float, str, int]] = []
            for path in self._folder.glob(f"*{_SUFFIX}"):
                stat = path.stat()
                found.append((stat.st_mtime, path.stem, stat.st_size))
            self._sizes = OrderedDict((name, size) for _, name, size in sorted(found))
        return self._sizes

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    def _read(self, names: dict[str, None]) -> tuple[bytes, int] | None:
        for name in names:
            path = self._path(name)
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if (found := _opened(content)) is not None:
                self._used(name, path, len(content))
                return found
            logger.warning("%s is damaged, and forgotten", path)
            self._forget(name)
        return None

    def _used(self, name: str, path: Path, size: int) -> None:
        try:
            os.utime(path)
            known = self._known()
        except OSError:
            return
        known[name] = size
        known.move_to_end(name)

    def _write(self, name: str, pcm: bytes, rate: int) -> None:
        head = _HEAD.pack(_MAGIC, rate, hashlib.sha256(pcm).digest())
        try:
            known = self._known()
            self._make_room(len(head) + len(pcm))
            with tempfile.NamedTemporaryFile(  # its mode is 0600
                dir=self._folder, prefix=".", suffix=".tmp", delete=False
            ) as file:
                written = Path(file.name)
                file.write(head + pcm)
            written.replace(self._path(name))
        except OSError as exc:
            logger.warning("what was said is not kept in %s: %s", self._folder, exc)
            return
        known[name] = len(head) + len(pcm)
        known.move_to_end(name)

    def _make_room(self, size: int) -> None:
        known = self._known()
        taken = sum(known.values())
        while known and taken + size > self._limit:
            name, freed = next(iter(known.items()))
            self._forget(name)
            taken -= freed

    def _forget(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as exc:
            logger.warning("%s cannot be removed: %s", self._path(name), exc)
        if self._sizes is not None:
            self._sizes.pop(name, None)

    def _stats(self) -> Stats:
        try:
            self._sizes = None  # others may have been here
            known = self._known()
        except OSError:
            return Stats(0, 0, self._limit, 0.0)
        seconds = 0.0
        for name, size in known.items():
            seconds += max(0, size - _HEAD.size) / 2 / _rate(self._path(name))
        return Stats(len(known), sum(known.values()), self._limit, round(seconds, 1))

    def _clear(self) -> Stats:
        before = self._stats()
        for name in [*(self._sizes or ())]:
            self._forget(name)
        for leftover in self._folder.glob(".*.tmp"):
            leftover.unlink(missing_ok=True)
        self._memory.forget()
        return before


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _opened(content: bytes) -> tuple[bytes, int] | None:
    """The sound and its rate, if it is as it was written."""
    if len(content) < _HEAD.size:
        return None
    magic, rate, digest = _HEAD.unpack_from(content)
    pcm = content[_HEAD.size :]
    whole = magic == _MAGIC and hashlib.sha256(pcm).digest() == digest
    return (pcm, rate) if whole else None


def _rate(path: Path) -> int:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD.size)
        return int(_HEAD.unpack(head)[1]) or 24_000
    except (OSError, struct.error):
        return 24_000
