"""What is old goes, what waits stays."""

from pathlib import Path

import pytest
import trio

from agent.config.settings import Record
from agent.events import Attempted, Entry
from agent.ports import Question
from agent.record.outbox import StoredOutbox
from agent.record.retention import (
    AT_A_TIME,
    DAY,
    forget,
    forget_what_was_said,
    keep_tidy,
    shrink,
)
from agent.record.sqlite import sqlite3
from agent.record.store import Store, open_store
from tests.record.conversations import NOON, conversation, entries, query

QUESTIONS = "SELECT id, state FROM outbox ORDER BY seq"
TRIES = "SELECT request FROM attempts"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tonny.db"


async def fill(store: Store) -> None:
    """Questions of long ago that wait, were answered, and were given up."""
    outbox = StoredOutbox(store, room=9)
    for name in ("waits", "answered", "refused", "recent"):
        await outbox.keep(Question(name, 1, "s", name, asked_at=NOON - 400 * DAY))
    await outbox.settle("answered", "answered")
    await outbox.settle("refused", "refused: HTTP 401")
    await store.change(
        lambda c: c.execute("UPDATE outbox SET settled_at = '2020-01-01T00:00:00.000Z'")
    )
    await outbox.settle("recent", "refused: HTTP 401")
    for name, at in (("old", NOON - 31 * DAY), ("new", NOON)):
        tried = Attempted(name, "n8n", "POST", "http://h/w", 0.1, 200)
        await store.write([Entry(at, "s", tried)])


async def test_what_is_old_is_forgotten_and_what_waits_never(path: Path) -> None:
    async with open_store(path) as store:
        await fill(store)
        lost = await forget(
            store, tries_before=NOON - 30 * DAY, settled_before=NOON - 90 * DAY
        )
    assert lost == 1
    assert query(path, QUESTIONS) == [("waits", "pending"), ("recent", "refused")]
    assert query(path, TRIES) == [("new",)]


async def test_a_clock_that_is_wrong_forgets_nothing(path: Path) -> None:
    async with open_store(path) as store:
        await fill(store)
        assert await forget(store, tries_before=-1e9, settled_before=-1e9) == 0
    assert len(query(path, QUESTIONS)) == 4


async def test_it_is_done_at_the_start(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with open_store(path) as store:
        await fill(store)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_tidy, store, Record())
            with trio.fail_after(5):
                while not caplog.messages:  # noqa: ASYNC110 # a log wakes nobody
                    await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
    assert caplog.messages == ["forgot 1 questions that were given up long ago"]
    assert len(query(path, QUESTIONS)) == 2


async def test_what_was_said_is_forgotten_by_age_however_much_it_is(
    path: Path,
) -> None:
    turns = AT_A_TIME // 3  # more events than are forgotten at once
    async with open_store(path) as store:
        await fill(store)
        await store.write(entries(conversation(turns), "old", NOON - 40 * DAY))
        await store.write(entries(conversation(turns=2), "new"))
        await forget_what_was_said(store, NOON - 30 * DAY)
        assert query(path, "SELECT DISTINCT session_id FROM events ORDER BY 1") == [
            ("new",),
            ("s",),
        ]
        sessions = "SELECT session_id, count(*) FROM conversations GROUP BY 1"
        assert query(path, sessions) == [("new", 9)]
        found = "SELECT count(*) FROM said WHERE said MATCH 'answer'"
        assert query(path, found) == [(4,)]
        assert ("waits", "pending") in query(path, QUESTIONS)
        await forget_what_was_said(store, NOON - 30 * DAY)


async def test_what_is_oldest_is_forgotten_until_the_rest_fits(path: Path) -> None:
    async with open_store(path) as store:
        await fill(store)
        for day in range(6):
            at = NOON + (day - 9) * DAY
            await store.write(entries(conversation(AT_A_TIME // 5), f"{day}", at))
        full = await store.read(used)
        await shrink(store, full)
        assert await store.read(used) == full
        await shrink(store, full // 2)
        assert full // 4 < await store.read(used) <= full // 2
        left = query(path, "SELECT DISTINCT session_id FROM conversations ORDER BY 1")
        assert left == [(f"{day}",) for day in range(6 - len(left), 6)]
        await shrink(store, 0)
        assert query(path, "SELECT count(*) FROM events") == [(0,)]
        assert ("waits", "pending") in query(path, QUESTIONS)


def used(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return 4096 * int(pages - free)
