"""Changes that become durable together: one sync to the disk for all that wait."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.record.sqlite import sqlite3, transaction, wording_errors


class Job:
    """Something to be done to the record, and what came of it."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.done = False
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None

    def result(self) -> Any:
        """What the work returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._result

    def run(self, connection: sqlite3.Connection, path: Path) -> None:
        """Raises what the work raises."""
        with wording_errors(path):
            self._result = self._work(connection)

    def settle(self, error: BaseException | None = None) -> None:
        """It is durable; or not, because of *error*."""
        self.done = True
        self._error = self._error or error

    def fail(self, error: BaseException) -> None:
        """It alone."""
        self._error = error


def commit(connection: sqlite3.Connection, jobs: Sequence[Job], path: Path) -> None:
    """Do all *jobs* in one transaction. One that raises is undone alone; when the disk
    takes nothing more, all are."""
    error: BaseException | None = None
    try:
        with wording_errors(path), transaction(connection):
            if len(jobs) == 1:
                jobs[0].run(connection, path)
            for job in jobs[1:] and jobs:
                _alone(connection, job, path)
    except BaseException as exc:  # noqa: BLE001 # told to whoever waits for each
        error = exc
    for job in jobs:
        job.settle(error)


def _alone(connection: sqlite3.Connection, job: Job, path: Path) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.run(connection, path)
    except BaseException as exc:
        if not connection.in_transaction:
            raise  # SQLite has given up the whole transaction
        connection.execute("ROLLBACK TO job")
        job.fail(exc)
    connection.execute("RELEASE job")
