"""Reads what was written down."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from agent.errors import Misconfigured, translating
from agent.ports import Exchange
from agent.record.migrations import schema_version
from agent.record.rows import iso
from agent.record.search import query
from agent.record.sqlite import connect_read_only, sqlite3, wording_errors

# What was said aloud repeats the answer, except where a line answers no turn.
_REMARKS = """
SELECT id, session_id, timestamp, type, content, metadata, CASE type
    WHEN 'response' THEN (
        SELECT json_extract(body, '$.event.first_sample') FROM events
        WHERE session_id = conversations.session_id AND type = 'timed'
        AND turn = json_extract(conversations.metadata, '$.turn')
    ) END
FROM conversations
WHERE substr(session_id, 1, length(:session)) = :session
AND (:all OR type != 'tts' OR json_extract(metadata, '$.turn') = 0)
AND timestamp >= :since AND (:type = '' OR type = :type) AND id > :after AND {search}
ORDER BY id {order} LIMIT :limit
"""
_PAGE = 500
"""Rows read at once where all are wanted."""

_EXCHANGES = """
SELECT json_extract(heard.body, '$.event.text'), json_extract(replied.body, '$.event.text')
FROM events AS replied JOIN events AS heard
ON heard.session_id = replied.session_id AND heard.turn = replied.turn
AND heard.type = 'heard'
WHERE replied.session_id = ? AND replied.type = 'replied'
ORDER BY replied.id DESC LIMIT ?
"""


class Wanted(msgspec.Struct, frozen=True):
    """Which remarks: of sessions that begin with *session*, *since* a wall-clock time, of
    one *type*, with these *words* in them (see `agent.record.search`), and *after* an id.

    Unless *everything* is wanted, lines said aloud are left out where they only repeat
    the answer.
    """

    session: str = ""
    since: float = 0.0
    type: str = ""
    words: str = ""
    after: int = 0
    everything: bool = False


class Remark(msgspec.Struct, frozen=True):
    """A row of the conversation; *seconds* from the end of speech to its first sound."""

    id: int
    session_id: str
    timestamp: str
    type: str
    content: str
    metadata: msgspec.Raw
    seconds: float | None


@contextmanager
def open_history(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The record at *path*, which cannot be changed; None when there is none yet."""
    with translating({OSError: Misconfigured}, "the record cannot be read: "):
        there = path.exists()
    if not there:
        yield None
        return
    with wording_errors(path), closing(connect_read_only(path)) as connection:
        yield connection if schema_version(connection, path) else None


def recent(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> list[Remark]:
    """The last *limit* remarks of those *wanted*, oldest first."""
    return _remarks(connection, wanted, limit, "DESC")[::-1]


def throughout(connection: sqlite3.Connection, wanted: Wanted) -> Iterator[Remark]:
    """All of those *wanted*, oldest first: a few in memory at a time, and no transaction
    that would stay open for as long as someone takes to read them."""
    while page := _remarks(connection, wanted, _PAGE, "ASC"):
        yield from page
        wanted = msgspec.structs.replace(wanted, after=page[-1].id)


def _remarks(
    connection: sqlite3.Connection, wanted: Wanted, limit: int, order: str
) -> list[Remark]:
    search = query(connection, wanted.words)
    values = {
        **search.values,
        "session": wanted.session,
        "since": iso(max(0.0, wanted.since)),
        "type": wanted.type,
        "after": wanted.after,
        "all": wanted.everything or wanted.type == "tts",
        "limit": limit,
    }
    sql = _REMARKS.format(search=search.sql, order=order)
    return [
        Remark(number, session_id, at, kind, content, msgspec.Raw(about.encode()), took)
        for number, session_id, at, kind, content, about, took in connection.execute(
            sql, values
        )
    ]


def recent_exchanges(
    connection: sqlite3.Connection, session: str, limit: int
) -> tuple[Exchange, ...]:
    """The last *limit* questions of *session* that were answered, oldest first."""
    rows = connection.execute(_EXCHANGES, (session, limit)).fetchall()
    return tuple(Exchange(user=user, agent=agent) for user, agent in reversed(rows))
