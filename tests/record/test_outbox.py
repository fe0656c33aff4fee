from pathlib import Path

import pytest

from agent.errors import Refused
from agent.ports import Outbox, Question
from agent.record import queue
from agent.record.outbox import StoredOutbox
from agent.record.store import open_store
from tests.record.conversations import NOON, query

STATES = "SELECT id, state, last_error, attempts FROM outbox ORDER BY seq"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tonny.db"


def question(id: str, session: str = "X") -> Question:
    return Question(id, 1, session, f"what is {id}?", asked_at=NOON, confidence=0.5)


async def ids(outbox: Outbox) -> list[tuple[str, bool]]:
    return [(waiting.id, waiting.replay) for waiting in await outbox.pending(99)]


async def test_a_question_kept_is_on_disk_and_comes_back_as_it_was(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        await outbox.keep(question("a"))
        assert query(path, "SELECT id, created_at FROM outbox") == [
            ("a", "2026-11-23T12:00:00.000Z")
        ]
        assert await outbox.pending(99) == [question("a")]


async def test_questions_wait_in_the_order_in_which_they_were_kept(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        for name in "zayb":
            await outbox.keep(question(name))
        await outbox.settle("a", "answered")
        assert await ids(outbox) == [("z", False), ("y", False), ("b", False)]


async def test_a_second_attempt_is_a_replay(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        await outbox.keep(question("a"))
        await outbox.keep(question("b"))
        await outbox.attempted("a", "HTTP 503", counts=True)
        assert await ids(outbox) == [("a", True), ("b", False)]
        assert query(path, STATES)[0] == ("a", "pending", "HTTP 503", 1)


async def test_what_an_earlier_session_left_is_a_replay(path: Path) -> None:
    async with open_store(path) as store:
        await StoredOutbox(store, room=10).keep(question("a", session="W"))
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        await outbox.keep(question("b"))
        assert await ids(outbox) == [("a", True), ("b", False)]


async def test_the_same_question_kept_twice_is_asked_once(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=1)
        await outbox.keep(question("a"))
        await outbox.keep(question("a"))
        assert await ids(outbox) == [("a", False)]
        await outbox.settle("a", "answered")
        await outbox.keep(question("a"))
        assert await ids(outbox) == []


async def test_a_full_outbox_says_so_and_keeps_what_it_has(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=2)
        await outbox.keep(question("a"))
        await outbox.keep(question("b"))
        with pytest.raises(Refused, match=r"2 questions .* workflow.queue_size is 2"):
            await outbox.keep(question("c"))
        assert await ids(outbox) == [("a", False), ("b", False)]
        await outbox.settle("a", "answered")
        await outbox.keep(question("c"))
        assert await ids(outbox) == [("b", False), ("c", False)]


async def test_every_outcome_is_written_down_with_its_reason(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        for name in "abc":
            await outbox.keep(question(name))
        await outbox.attempted("a", "HTTP 503", counts=True)
        await outbox.settle("a", "answered")
        await outbox.settle("b", "refused: HTTP 404: no such workflow")
        await outbox.settle("c", "expired")
        await outbox.settle("b", "answered")  # too late: it is settled
    assert query(path, STATES) == [
        ("a", "answered", "HTTP 503", 1),
        ("b", "refused", "HTTP 404: no such workflow", 0),
        ("c", "expired", None, 0),
    ]
    settled = query(path, "SELECT DISTINCT settled_at LIKE '20__-%Z' FROM outbox")
    assert settled == [(1,)]


async def test_only_what_is_old_can_be_asked_for(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        for name, asked_at in [("old", NOON - 91), ("new", NOON), ("odd", NOON + 1e8)]:
            await outbox.keep(Question(name, 1, "X", name, asked_at=asked_at))
        found = await outbox.pending(9, outside=(NOON - 90, NOON + 90))
        assert [waiting.id for waiting in found] == ["old", "odd"]
        found = await outbox.pending(1, outside=(NOON - 90, NOON + 90))
        assert [waiting.id for waiting in found] == ["old"]


async def test_only_one_session_s_can_be_asked_for(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        await outbox.keep(question("a", session="W"))
        await outbox.keep(question("b"))
        found = await outbox.pending(9, session="X")
        assert [waiting.id for waiting in found] == ["b"]


async def test_what_is_settled_or_dropped_does_not_wait(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        await outbox.keep(question("a"))
        assert await outbox.waits("a")
        await outbox.settle("a", "answered")
        assert not await outbox.waits("a")
        assert not await outbox.waits("never there")


@pytest.mark.parametrize(
    "damage", ["'{\"id\":'", "CAST(x'ff7b7d' AS TEXT)", "'[]'", "x'00'"]
)
async def test_a_damaged_question_is_given_up_and_stops_no_other(
    path: Path, damage: str
) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=10)
        await outbox.keep(question("a"))
        await outbox.keep(question("b"))
        await store.change(
            lambda connection: connection.execute(
                f"UPDATE outbox SET body = {damage} WHERE id = 'a'"  # noqa: S608
            )
        )
        assert await outbox.pending(9, session="X") == [question("b")]
        assert await outbox.pending(9) == [question("b")]
        listed = await store.read(queue.listed)
    assert [(each.id, each.state, each.text) for each in listed] == [
        ("a", "refused", "(damaged)"),
        ("b", "pending", "what is b?"),
    ]
    assert "it is damaged" in str(listed[0].error)
