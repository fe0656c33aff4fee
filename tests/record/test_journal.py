import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from agent.errors import Misconfigured, Unavailable
from agent.events import Entry, Ready
from agent.hub import Hub
from agent.record import journal
from agent.record.journal import record
from agent.record.store import open_store
from tests.record.conversations import NOON, query


class Paper:
    """A store that is out of order until a moment in time."""

    def __init__(self, *, until: float = 0.0) -> None:
        self.batches: list[list[str]] = []
        self.tries = 0
        self._until = until

    async def write(self, entries: Sequence[Entry]) -> None:
        await trio.lowlevel.checkpoint()
        self.tries += 1
        if trio.current_time() < self._until:
            raise Unavailable("the disk is full")
        self.batches.append(
            [e.event.name for e in entries if isinstance(e.event, Ready)]
        )

    @property
    def names(self) -> list[str]:
        return [name for batch in self.batches for name in batch]


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [entry.getMessage() for entry in caplog.records]


async def test_a_burst_is_one_transaction(autojump_clock: MockClock) -> None:
    hub, paper = Hub("X", lambda: NOON), Paper()
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, paper)
            for n in range(journal.BATCH + 3):
                hub.publish(Ready(str(n)))
    assert [len(batch) for batch in paper.batches] == [journal.BATCH, 3]
    assert paper.names == [str(n) for n in range(journal.BATCH + 3)]


async def test_what_happens_during_a_write_comes_after_it(
    autojump_clock: MockClock,
) -> None:
    hub, paper = Hub("X", lambda: NOON), Paper()
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, paper)
            for n in range(20):
                hub.publish(Ready(str(n)))
                await trio.lowlevel.checkpoint()
    assert paper.names == [str(n) for n in range(20)]
    assert len(paper.batches) > 1


async def test_a_full_disk_is_waited_for_and_nothing_is_lost(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    hub, paper = Hub("X", lambda: NOON), Paper(until=60)
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, paper)
            for n in range(70):
                hub.publish(Ready(str(n)))
                await trio.sleep(1)
    assert paper.names == [str(n) for n in range(70)]
    assert 60 < paper.tries < 90
    assert messages(caplog) == ["events wait to be recorded: the disk is full"]


async def test_of_too_much_the_oldest_is_lost_and_that_is_said(
    autojump_clock: MockClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(journal, "ROOM", 10)
    hub, paper = Hub("X", lambda: NOON), Paper(until=60)
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, paper)
            for n in range(25):
                hub.publish(Ready(str(n)))
                await trio.sleep(1)
            await trio.sleep(60)
            hub.publish(Ready("afterwards"))
    assert paper.names == [*(str(n) for n in range(15, 25)), "afterwards"]
    assert messages(caplog)[1:] == ["15 events could not be recorded and are lost"]


async def test_the_end_of_the_program_does_not_wait_for_ever(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    hub, paper = Hub("X", lambda: NOON), Paper(until=float("inf"))
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, paper)
            hub.publish(Ready("a"))
            await trio.sleep(100)
            hub.publish(Ready("b"))
            closed = trio.current_time()
    assert trio.current_time() - closed <= journal.PATIENCE + journal.LONGEST_PAUSE * 2
    assert caplog.records[-1].levelno == logging.ERROR
    assert messages(caplog)[-1] == "2 events could not be recorded and are lost"


async def test_a_disk_that_is_mended_at_the_end_still_gets_everything(
    autojump_clock: MockClock,
) -> None:
    hub, paper = Hub("X", lambda: NOON), Paper(until=journal.PATIENCE / 2)
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, paper)
            hub.publish(Ready("a"))
    assert paper.names == ["a"]


async def test_a_damaged_record_is_not_survived(autojump_clock: MockClock) -> None:
    class Torn(Paper):
        async def write(self, entries: Sequence[Entry]) -> None:
            raise Misconfigured("torn")

    with pytest.RaisesGroup(Misconfigured):
        async with trio.open_nursery() as nursery:
            hub = Hub("X", lambda: NOON)
            with hub.watching(10) as entries:
                nursery.start_soon(record, entries, Torn())
                hub.publish(Ready("a"))
                await trio.sleep(1)


async def test_a_burst_of_ten_thousand_is_durable_in_order(tmp_path: Path) -> None:
    path, hub = tmp_path / "tonny.db", Hub("X", lambda: NOON)
    async with open_store(path) as store, trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(record, entries, store)
            for n in range(10_000):
                hub.publish(Ready(str(n)))
    names = query(
        path, "SELECT json_extract(body, '$.event.name') FROM events ORDER BY id"
    )
    assert names == [(str(n),) for n in range(10_000)]
