"""The record on disk: one connection, used by one thread at a time."""

import errno
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

import trio

from agent.errors import Misconfigured, Unavailable
from agent.events import Entry
from agent.record.backups import keep_before_upgrade
from agent.record.jobs import Job, commit
from agent.record.migrations import SCHEMA, migrate, schema_version
from agent.record.rescue import Replaced, replace, replace_if_damaged
from agent.record.rows import project
from agent.record.soundness import damage
from agent.record.sqlite import Damaged, connect, sqlite3, wording_errors

T = TypeVar("T")

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE}

_CONVERSATION = (
    "INSERT INTO conversations (session_id, timestamp, type, content, metadata)"
    " VALUES (?, ?, ?, ?, ?)"
)
_METRIC = (
    "INSERT INTO metrics (timestamp, metric_name, metric_value, metadata)"
    " VALUES (?, ?, ?, ?)"
)
_ATTEMPT = (
    "INSERT INTO attempts (at, request, peer, method, url, status, latency, sent,"
    " received, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_EVENT = "INSERT INTO events (at, session_id, turn, type, body) VALUES (?, ?, ?, ?, ?)"


class Store:
    """The open record.

    Whatever is awaited here raises `Unavailable` when the file is locked by someone
    else or the disk is full, `Misconfigured` when the file is damaged. It is done
    to its end in its thread, even when whoever waits for it is cancelled.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        thread: trio.CapacityLimiter,
        replaced: Replaced | None = None,
    ) -> None:
        self.path = path
        self.replaced = replaced
        """What became of the record that was there, if it was damaged."""
        self._connection = connection
        self._thread = thread
        self._jobs: list[Job] = []
        self._committing = trio.Lock()

    async def write(self, entries: Sequence[Entry]) -> None:
        """Return once all *entries* are durable; they are written all or not at all."""
        await self.change(lambda connection: _insert(connection, entries))

    async def change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do *work*: durable on return, undone if it raises. What waits to be written
        meanwhile becomes durable together with it."""
        job = Job(work)
        self._jobs.append(job)
        try:
            async with self._committing:
                if not job.done:
                    together, self._jobs = self._jobs, []
                    await self._write(together)
        finally:
            if job in self._jobs:  # cancelled before its turn came
                self._jobs.remove(job)
        return cast("T", job.result())

    async def _write(self, jobs: Sequence[Job]) -> None:
        """Whatever happens, each of *jobs* is settled: others wait for them too, so whoever
        writes for all cannot be cancelled."""

        def write() -> None:
            commit(self._connection, jobs, self.path)

        try:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(write, limiter=self._thread)
        except BaseException as exc:  # noqa: BLE001 # no thread: told to each of them
            for job in jobs:
                job.settle(exc)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do *work*, which changes nothing, without holding up another process."""

        def read() -> T:
            with wording_errors(self.path):
                return work(self._connection)

        return await trio.to_thread.run_sync(read, limiter=self._thread)

    async def touch(self) -> None:
        """Return once the thread that writes has been at the file."""
        await self.read(lambda connection: connection.execute("SELECT 1").fetchone())


def _insert(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    rows = [project(entry) for entry in entries]
    connection.executemany(_EVENT, [row.event for row in rows])
    connection.executemany(
        _CONVERSATION, [row.conversation for row in rows if row.conversation]
    )
    connection.executemany(_METRIC, [metric for row in rows for metric in row.metrics])
    if attempts := [row.attempt for row in rows if row.attempt]:
        connection.executemany(_ATTEMPT, attempts)


@asynccontextmanager
async def open_store(path: Path, *, mend: bool = False) -> AsyncIterator[Store]:
    """The record at *path*, made or migrated if need be; nobody else may read it.

    To *mend* it where it is damaged, nobody else may use it: it is moved aside then, and
    replaced. Closing it brings all that is in the write-ahead log into the file.
    """
    # One thread makes us a single writer. It is our own, because look-ups of names
    # in a DNS black hole take every thread of Trio's default limiter.
    thread = trio.CapacityLimiter(1)
    connect_to = _open_mended if mend else _open
    connection, replaced = await trio.to_thread.run_sync(
        connect_to, path, limiter=thread
    )
    try:
        yield Store(path, connection, thread, replaced)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(connection.close, limiter=thread)


def _open_mended(path: Path) -> tuple[sqlite3.Connection, Replaced | None]:
    replaced = replace_if_damaged(path)
    try:
        connection, _ = _open(path)
    except sqlite3.Error as exc:
        replaced = replace(path, damage(exc, path))
        connection, _ = _open(path)
    except Damaged as exc:
        replaced = replace(path, str(exc))
        connection, _ = _open(path)
    return connection, replaced


def _open(path: Path) -> tuple[sqlite3.Connection, None]:
    _make_private(path)
    with wording_errors(path):
        connection = connect(path)
        try:
            schema = schema_version(connection, path)
            if 0 < schema < SCHEMA:
                keep_before_upgrade(path, schema)
            migrate(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
    return connection, None


def _make_private(path: Path) -> None:
    """SQLite gives the files beside a database that database's permissions."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            if file.exists():
                file.chmod(0o600)
    except OSError as exc:
        kind = Unavailable if exc.errno in _PASSING else Misconfigured
        raise kind(
            f"the record {path} cannot be written: {exc.strerror}."
            " Choose another folder with --data-dir."
        ) from exc
