"""The conversation as someone reads it who was not there: what was said, what became of
it, and how long each turn took."""

from collections.abc import Sequence

import msgspec

from agent.events import Entry, Timed
from agent.record.sqlite import sqlite3

# What a turn is made of, and what was said in no turn; what becomes of the parts of the
# machine is told elsewhere.
_TALK = """
WITH wanted AS (
    SELECT id, session_id, json_extract(metadata, '$.turn') AS turn FROM conversations
    WHERE id IN (SELECT value FROM json_each(:ids)))
SELECT id, session_id, timestamp, type, content, metadata,
    coalesce(json_extract(metadata, '$.turn'), 0) AS turn
FROM conversations
WHERE id < :before AND (:ids IS NULL OR id IN (SELECT id FROM wanted)
    OR turn > 0 AND (session_id, turn) IN (SELECT session_id, turn FROM wanted)) AND (
    type IN ('transcription', 'response', 'tts')
    OR type = 'error' AND turn > 0
    OR type = 'system' AND json_extract(metadata, '$.request') IS NOT NULL)
ORDER BY id DESC LIMIT :limit
"""
_TIMED = """
SELECT body FROM events WHERE session_id = ? AND type = 'timed' AND turn = ?
"""
_LATEST = 1 << 62


class Said(msgspec.Struct, frozen=True):
    """A remark of a *turn* (0: of none), and what else is known of it."""

    id: int
    session: str
    at: str
    type: str
    text: str
    about: msgspec.Raw
    turn: int


class Took(msgspec.Struct, frozen=True):
    """How long a turn of a *session* took."""

    session: str
    timed: Timed


class Talk(msgspec.Struct, frozen=True):
    """Part of the conversation, the oldest first; *more* tells that it goes back further."""

    said: list[Said]
    took: list[Took]
    more: bool


NOTHING = Talk([], [], more=False)


def talk(
    connection: sqlite3.Connection,
    limit: int,
    before: int = 0,
    ids: Sequence[int] | None = None,
) -> Talk:
    """The last *limit* remarks or a few less, *before* that number if it is given, of those with *ids*
    and the turns that they belong to if such are given."""
    values = {
        "before": before or _LATEST,
        "limit": limit + 1,
        "ids": None if ids is None else msgspec.json.encode(ids).decode(),
    }
    rows = connection.execute(_TALK, values).fetchall()
    said = [
        Said(number, session, at, kind, text, msgspec.Raw(about.encode()), turn)
        for number, session, at, kind, text, about, turn in reversed(rows[:limit])
    ]
    more = len(rows) > limit
    if more:
        said = _whole(said)
    turns = dict.fromkeys((each.session, each.turn) for each in said if each.turn)
    took = [
        Took(session, timed)
        for session, turn in turns
        for (body,) in connection.execute(_TIMED, (session, turn))
        if (timed := _timed(body)) is not None
    ]
    return Talk(said, took, more)


def _whole(said: list[Said]) -> list[Said]:
    """*said* without the turn that it begins in the middle of, unless that is all."""
    first = (said[0].session, said[0].turn)
    for number, each in enumerate(said):
        if not each.turn or (each.session, each.turn) != first:
            return said[number:]
    return said


def _timed(body: str) -> Timed | None:
    event = msgspec.json.decode(body, type=Entry).event
    return event if isinstance(event, Timed) else None
