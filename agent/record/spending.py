"""What speaking has cost so far, as the record has it."""

from agent.record.rows import iso
from agent.record.sqlite import sqlite3

SPENT = "tts.characters"


def spent_since(connection: sqlite3.Connection, at: float) -> int:
    """Characters that were charged since *at* (Unix time)."""
    (total,) = connection.execute(
        "SELECT coalesce(sum(metric_value), 0) FROM metrics"
        " WHERE metric_name = ? AND timestamp >= ?",
        (SPENT, iso(at)),
    ).fetchone()
    return int(total)
