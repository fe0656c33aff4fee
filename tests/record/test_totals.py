"""What is counted of a record, against what was written into it."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from agent.events import (
    Attempted,
    Dismissed,
    Event,
    Heard,
    Measured,
    SessionStarted,
    Timed,
    Unanswered,
    Unheard,
    Unspoken,
)
from agent.record.history import Wanted, open_history, throughout
from agent.record.migrations import MIGRATIONS
from agent.record.rows import project
from agent.record.spending import SPENT
from agent.record.sqlite import connect, sqlite3
from agent.record.store import Store, open_store
from agent.record.totals import _TURNS, STAGES, Requests, Stage, Totals, Trouble, totals
from tests.record.conversations import NOON, entries

DAY = 86_400.0


@pytest.fixture(autouse=True)
def somewhere() -> Iterator[None]:
    """Two hours ahead of UTC, so that a local day is seen to be one."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "Etc/GMT-2")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path / "tonny.db") as opened:
        yield opened


def tried(status: int | None, error: str = "", peer: str = "n8n") -> Attempted:
    return Attempted("id", peer, "POST", "http://x/y", 0.1, status, error=error)


def turns(first: int, last: int, *more: Event) -> list[Event]:
    heard = [Heard(turn, "hello", "moonshine") for turn in range(first, last + 1)]
    return [SessionStarted("0.1.0", 1), *heard, *more]


async def told(store: Store, since: float = 0.0) -> Totals:
    (found,) = await store.read(lambda record: totals(record, since, "total"))
    return found


async def by_day(store: Store) -> list[Totals]:
    return await store.read(lambda record: totals(record, 0.0, "day"))


async def test_a_turn_is_troubled_once(store: Store) -> None:
    troubles: list[Event] = [
        Unspoken(1, "one", "no voice"),
        Unspoken(1, "two", "no voice"),
        Unspoken(0, "of no turn", "no voice"),
        Unanswered(2, "id", "refused"),
        Unheard(5, "no engine"),
        Unheard(6, "no engine", kept=True),
        Heard(6, "hello", "moonshine"),
        Dismissed(7, "noise"),
        Dismissed(8, "noise"),
        Dismissed(9, "noise"),
    ]
    await store.write(entries(turns(1, 4, *troubles)))
    found = await told(store)
    assert found.turns == 6
    assert found.unspoken == Trouble(1, 1 / 6)
    assert found.unanswered == Trouble(1, 1 / 6)
    assert found.unheard == Trouble(2, 2 / 6)
    assert found.dismissed == Trouble(3, 3 / 6)


async def test_turns_of_two_sessions_are_not_the_same(store: Store) -> None:
    await store.write(entries(turns(1, 2), "a"))
    await store.write(entries(turns(1, 2), "b"))
    assert (await told(store)).turns == 4


async def test_latency_is_told_stage_by_stage(store: Store) -> None:
    timed = [
        Timed(n, transcript=n / 100, first_sample=n / 10 if n <= 20 else None)
        for n in range(1, 101)
    ]
    await store.write(entries(timed))
    found = (await told(store)).latency
    assert tuple(found) == STAGES
    assert found["transcript"] == Stage(100, 0.5, 0.95)
    assert found["first_sample"] == Stage(20, 1.0, 1.9)
    assert found["request"] == Stage(0, None, None)


async def test_failed_requests_are_told_by_peer(store: Store) -> None:
    tries = [
        tried(200),
        tried(200, "interrupted"),
        tried(None, "connection refused"),
        tried(500),
        tried(None, "no route", peer="other"),
        tried(200, "the answer is no JSON", peer="other"),
    ]
    await store.write(entries(tries))
    assert (await told(store)).requests == {
        "n8n": Requests(4, 2, 0.5),
        "other": Requests(2, 2, 1.0),
    }


async def test_a_rate_counts_hours_and_days_that_had_turns(store: Store) -> None:
    for hours, number in ((0, 4), (1, 2), (72, 6)):
        start = NOON + hours * 3600
        await store.write(entries(turns(1, number), str(hours), start))
    found = await told(store)
    assert (found.turns, found.per_hour, found.per_day) == (12, 4.0, 6.0)


async def test_a_day_is_that_of_the_user(store: Store) -> None:
    """The second session begins at 21:59 UTC, and ends after midnight."""
    spent = Measured(SPENT, 120.0, {"turn": 1})
    await store.write(entries(turns(1, 1, spent, tried(500)), "a"))
    late = NOON + 10 * 3600 - 2
    await store.write(entries(turns(1, 3, spent, spent, tried(200)), "b", late))
    first, second = await by_day(store)
    assert (first.day, second.day) == ("2026-11-23", "2026-11-24")
    assert (first.turns, second.turns) == (2, 2)
    assert (first.characters, second.characters) == (120, 240)
    assert first.requests == {"n8n": Requests(1, 1, 1.0)}
    assert second.requests == {"n8n": Requests(1, 0, 0.0)}
    whole = await told(store)
    assert (whole.day, whole.turns, whole.characters) == (None, 4, 360)
    assert whole.requests == {"n8n": Requests(2, 1, 0.5)}


async def test_only_what_is_newer_is_counted(store: Store) -> None:
    more: list[Event] = [Timed(1, transcript=0.5), tried(500), Measured(SPENT, 10.0)]
    await store.write(entries(turns(1, 5, *more), "old"))
    await store.write(entries(turns(1, 2, *more), "new", NOON + DAY))
    found = await told(store, NOON + DAY / 2)
    assert (found.turns, found.characters) == (2, 10)
    assert found.latency["transcript"].turns == 1
    assert found.requests == {"n8n": Requests(1, 1, 1.0)}


async def test_where_nothing_was_there_is_nothing_to_tell(store: Store) -> None:
    assert await by_day(store) == []


async def test_an_older_record_has_no_tries(tmp_path: Path) -> None:
    """As version 1 wrote it; it is read as it is."""
    path = tmp_path / "tonny.db"
    with closing(connect(path)) as old:
        MIGRATIONS[0](sqlite_utils.Database(old))
        old.execute("PRAGMA user_version = 1")
        for entry in entries(turns(1, 2)):
            rows = project(entry)
            assert rows.conversation is not None
            old.execute("INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?)", rows.event)
            old.execute(
                "INSERT INTO conversations VALUES (NULL, ?, ?, ?, ?, ?)",
                rows.conversation,
            )
    with open_history(path) as record:
        assert record is not None
        (found,) = totals(record, 0.0, "total")
        assert (found.turns, found.requests) == (2, {})
        assert len([*throughout(record, Wanted())]) == 3


async def test_the_events_are_found_by_an_index(store: Store) -> None:
    """Of a year's events most are none of these: they are not looked at."""

    def plan(record: sqlite3.Connection) -> str:
        rows = record.execute(f"EXPLAIN QUERY PLAN {_TURNS}", (0.0,))
        return "\n".join(row[-1] for row in rows)

    found = await store.read(plan)
    assert "SCAN events" not in found
    assert "SEARCH events USING INDEX idx_events_session_id_type_turn" in found
