"""What is old goes, what waits stays."""

from pathlib import Path

import pytest
import trio

from agent.config.settings import Record
from agent.events import Attempted, Entry
from agent.ports import Question
from agent.record.outbox import StoredOutbox
from agent.record.retention import DAY, forget, keep_tidy
from agent.record.store import Store, open_store
from tests.record.conversations import NOON, query

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
