"""The outbox as the user sees it: what waits, what was given up, and what to do about it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from agent.errors import AgentError, Misconfigured
from agent.ports import Question
from agent.record.history import open_history
from agent.record.migrations import migrate
from agent.record.outbox import UNREADABLE
from agent.record.sqlite import connect, sqlite3, transaction, wording_errors

State: TypeAlias = Literal["pending", "refused", "expired"]

_LIST = """
SELECT id, state, CAST(body AS BLOB), created_at, attempts, last_error, settled_at FROM outbox
WHERE state != 'answered' AND (:state = '' OR CASE :state
    WHEN 'waiting' THEN state = 'pending' ELSE state != 'pending' END)
ORDER BY seq LIMIT :limit
"""
_FIND = """
SELECT id, state, CAST(body AS BLOB), created_at, attempts, last_error, settled_at FROM outbox
WHERE state != 'answered' AND substr(id, 1, length(:prefix)) = :prefix LIMIT 2
"""
_TRIES = """
SELECT at, peer, method, url, status, latency, sent, received, error
FROM attempts WHERE request = ? ORDER BY id
"""
_LAST_TRY = """
SELECT at, peer, method, url, status, latency, sent, received, error
FROM attempts ORDER BY id DESC LIMIT 1
"""
_RETRY = """
UPDATE outbox SET state = 'pending', lane = 'retried', attempts = 0, settled_at = NULL
WHERE id = ? AND state != 'answered'
"""
_DROP = "DELETE FROM outbox WHERE id = ? AND state != 'answered'"
_SIZES = """
SELECT count(*) FILTER (WHERE state = 'pending'),
    count(*) FILTER (WHERE state != 'pending'),
    min(created_at) FILTER (WHERE state = 'pending')
FROM outbox WHERE state != 'answered'
"""


class Queued(msgspec.Struct, frozen=True):
    """A question that has no answer: it is *pending*, or a dead letter."""

    id: str
    state: State
    text: str
    session: str
    turn: int
    asked_at: str
    attempts: int
    error: str | None
    settled_at: str | None


class Try(msgspec.Struct, frozen=True):
    """A request that was made for it; *latency* in seconds, sizes in bytes."""

    at: str
    peer: str
    method: str
    url: str
    status: int | None
    latency: float
    sent: int
    received: int
    error: str


class Sizes(msgspec.Struct, frozen=True):
    """How many questions wait, how many were given up, and since when the first waits."""

    waiting: int = 0
    dead: int = 0
    oldest: str | None = None


@contextmanager
def open_queue(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The record at *path*, to be changed beside a running agent; None if there is none."""
    if not path.exists():
        yield None
        return
    with wording_errors(path), closing(connect(path)) as connection:
        migrate(connection, path)
        yield connection


def listed(
    connection: sqlite3.Connection, state: str = "", limit: int = -1
) -> list[Queued]:
    """The oldest first: all, those *waiting*, or the *dead*."""
    values = {"state": state, "limit": limit}
    return [_queued(row) for row in connection.execute(_LIST, values)]


def found(connection: sqlite3.Connection, prefix: str) -> Queued:
    """The only one whose id begins with *prefix*; raises `Misconfigured` otherwise."""
    rows = connection.execute(_FIND, {"prefix": prefix}).fetchall()
    if not rows:
        raise Misconfigured(
            f'no question in the queue has an id that begins with "{prefix}":'
            " tonny-agent queue list shows them"
        )
    if len(rows) > 1 and rows[0][0] != prefix:
        raise Misconfigured(f'several ids begin with "{prefix}": give more of it')
    return _queued(rows[0])


def tries(connection: sqlite3.Connection, id: str) -> list[Try]:
    """What was tried to have it answered."""
    return [Try(*row) for row in connection.execute(_TRIES, (id,))]


def last_try(path: Path) -> Try | None:
    """The latest of all, in the record at *path*, if there is one that can be read."""
    try:
        with open_history(path) as connection:
            row = connection and connection.execute(_LAST_TRY).fetchone()
    except (AgentError, sqlite3.Error):
        return None
    return Try(*row) if row else None


def retry(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """They wait again, and are asked under the same key as before."""
    with transaction(connection):
        connection.executemany(_RETRY, [(each,) for each in ids])


def drop(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """They are gone for good."""
    with transaction(connection):
        connection.executemany(_DROP, [(each,) for each in ids])


def sizes(connection: sqlite3.Connection) -> Sizes:
    return Sizes(*connection.execute(_SIZES).fetchone())


def _queued(row: tuple[str, State, bytes, str, int, str | None, str | None]) -> Queued:
    name, state, body, asked_at, attempts, error, settled_at = row
    try:
        question = msgspec.json.decode(body, type=Question)
    except UNREADABLE:
        question = Question(name, 0, "", "(damaged)", asked_at=0)
    return Queued(
        name,
        state,
        question.text,
        question.session,
        question.turn,
        asked_at,
        attempts,
        error,
        settled_at,
    )
