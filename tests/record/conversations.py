"""A session to write down, and a second pair of eyes on the database."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from agent.events import (
    Asked,
    Entry,
    Event,
    Heard,
    Lost,
    Measured,
    Replied,
    SessionEnded,
    SessionStarted,
    Spoken,
    Timed,
)
from agent.record.sqlite import sqlite3

NOON = 1_795_435_200.0
"""2026-11-23T12:00:00Z."""


def entries(
    events: Iterable[Event], session: str = "X", start: float = NOON
) -> list[Entry]:
    """*events*, a second apart."""
    return [Entry(start + n, session, event) for n, event in enumerate(events)]


def conversation(turns: int = 1) -> list[Event]:
    """A short session in which n8n is away for a moment."""
    told: list[Event] = [SessionStarted("0.1.0", 4711)]
    for turn in range(1, turns + 1):
        told += [
            Heard(turn, f"question {turn}", "moonshine", confidence=turn / 10),
            Asked(turn, f"id-{turn}", "n8n"),
            Replied(turn, f"answer {turn}", "n8n"),
            Spoken(turn, f"answer {turn}", "pico", 1.5),
            Timed(turn, transcript=0.2, request=0.3, first_sample=0.75),
        ]
    told += [
        Lost("n8n", "connection refused", 30.0),
        Measured("health.n8n", 0.0, {"state": "away"}),
        SessionEnded("done"),
    ]
    return told


@contextmanager
def looking_into(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own, as another program would open one."""
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def query(path: Path, sql: str, *values: object) -> list[Any]:
    with looking_into(path) as connection:
        return connection.execute(sql, values).fetchall()


def content(path: Path) -> bytes:
    return path.read_bytes()
