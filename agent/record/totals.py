"""How the agent has done: turns, how quick they were, what went wrong, what it cost."""

from collections import defaultdict
from typing import Literal, TypeAlias

import msgspec

from agent.events import Timed
from agent.record.rows import iso
from agent.record.spending import SPENT
from agent.record.sqlite import sqlite3
from agent.record.trends import quantile

By: TypeAlias = Literal["total", "day"]

STAGES = tuple(name for name in Timed.__struct_fields__ if name != "turn")

# By session and type, of which there is an index: most events are others.
_TURNS = """
SELECT date(at, 'unixepoch', 'localtime'), strftime('%H', at, 'unixepoch', 'localtime'),
    type, session_id, turn
FROM (SELECT DISTINCT session_id AS session FROM conversations) CROSS JOIN events
ON session_id = session
AND type IN ('heard', 'unheard', 'unanswered', 'unspoken', 'dismissed')
WHERE turn > 0 AND at >= ?
"""
_LATENCIES = """
SELECT date(timestamp, 'localtime'), substr(metric_name, length('latency.') + 1),
    metric_value
FROM metrics WHERE metric_name >= 'latency.' AND metric_name < 'latency/'
AND timestamp >= ?
"""
_SPENT = """
SELECT date(timestamp, 'localtime'), sum(metric_value) FROM metrics
WHERE metric_name = ? AND timestamp >= ? GROUP BY 1
"""
# Not in a record that an older tonny-agent wrote, and none has opened since.
_HAS_TRIES = "SELECT 1 FROM sqlite_master WHERE name = 'attempts'"
# That someone interrupts an answer is no failure of who gave it.
_TRIES = """
SELECT date(at, 'localtime'), peer, count(*),
    total(error NOT IN ('', 'interrupted') OR coalesce(status, 0) >= 400)
FROM attempts WHERE at >= ? GROUP BY 1, 2
"""


class Stage(msgspec.Struct, frozen=True):
    """Seconds from the end of speech to a stage of so many *turns*: the median, and what
    19 of 20 were below."""

    turns: int
    p50: float | None
    p95: float | None


class Trouble(msgspec.Struct, frozen=True):
    """In how many turns, and *rate* of all; a dismissed sound is none of these."""

    turns: int
    rate: float | None


class Requests(msgspec.Struct, frozen=True):
    """Tries to reach a peer."""

    made: int
    failed: int
    rate: float


class Totals(msgspec.Struct, frozen=True):
    """Of a *day* (local time), or of all if there is none. A turn is what was heard, or
    would have been had an engine been there; *per_hour* and *per_day* are of the hours
    and days that had any."""

    day: str | None
    turns: int
    per_hour: float | None
    per_day: float | None
    latency: dict[str, Stage]
    unanswered: Trouble
    unspoken: Trouble
    unheard: Trouble
    dismissed: Trouble
    requests: dict[str, Requests]
    characters: int


def _share(number: int, whole: int) -> float | None:
    return number / whole if whole else None


class _Tally:
    """What is gathered of a day, or of all."""

    def __init__(self) -> None:
        self.turns: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.hours: set[tuple[str, str]] = set()
        self.latencies: dict[str, list[float]] = {stage: [] for stage in STAGES}
        self.tries: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.characters = 0

    def totals(self, day: str | None) -> Totals:
        turns = len(self.turns["heard"] | self.turns["unheard"])

        def trouble(kind: str) -> Trouble:
            number = len(self.turns[kind])
            return Trouble(number, _share(number, turns))

        return Totals(
            day,
            turns,
            _share(turns, len(self.hours)),
            _share(turns, len({date for date, _ in self.hours})),
            {
                stage: Stage(len(took), quantile(took, 0.5), quantile(took, 0.95))
                for stage, took in self.latencies.items()
            },
            trouble("unanswered"),
            trouble("unspoken"),
            trouble("unheard"),
            trouble("dismissed"),
            {
                peer: Requests(made, failed, failed / made)
                for peer, (made, failed) in sorted(self.tries.items())
            },
            self.characters,
        )


NOTHING = _Tally().totals(None)


def totals(connection: sqlite3.Connection, since: float, by: By) -> list[Totals]:
    """What has been since a wall-clock time, day by day or all in one; nothing of days on
    which nothing was, and an empty list where nothing ever was."""
    tallies: dict[str | None, _Tally] = defaultdict(_Tally)

    def of(day: str) -> _Tally:
        return tallies[day if by == "day" else None]

    since = max(0.0, since)
    for day, hour, kind, session, turn in connection.execute(_TURNS, (since,)):
        of(day).turns[kind].add((session, turn))
        if kind in {"heard", "unheard"}:
            of(day).hours.add((day, hour))
    for day, stage, seconds in connection.execute(_LATENCIES, (iso(since),)):
        if stage in STAGES:
            of(day).latencies[stage].append(seconds)
    if connection.execute(_HAS_TRIES).fetchone():
        for day, peer, made, failed in connection.execute(_TRIES, (iso(since),)):
            tries = of(day).tries[peer]
            tries[0] += made
            tries[1] += int(failed)
    for day, characters in connection.execute(_SPENT, (SPENT, iso(since))):
        of(day).characters += int(characters)
    return [tally.totals(day) for day, tally in sorted(tallies.items(), key=_by_day)]


def _by_day(item: tuple[str | None, _Tally]) -> str:
    return item[0] or ""
