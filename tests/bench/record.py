"""The hub and the journal, beside plain deques and a plain `executemany`."""

import math
import sqlite3
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import trio

from agent.events import Entry, Overheard
from agent.hub import Hub, Watcher, steady_clock
from agent.record.journal import record
from agent.record.rows import project
from agent.record.sqlite import DATABASE
from agent.record.store import Store, open_store
from tests.bench.figures import Figure, Quoted

PUBLISHED, WATCHERS = 100_000, 3
BURST = 5000
"""Events at once, as when a spool drains: five times what one busy turn makes."""

EVENT = Overheard(1, "what time is it in tokyo", "")


def measure() -> Iterator[Figure | Quoted]:
    for burst, goal in ((100, 3.0), (1, None)):
        ours = max(trio.run(_deliver, burst) for _ in range(3))
        floor = max(_append() for _ in range(3))
        yield Figure(
            f"hub: deliveries to {WATCHERS} watchers, {burst} at a time",
            ours,
            floor,
            "M/CPU-s",
            goal,
            "appended to as many deques, and read",
        )
    yield Quoted("pipecat's bus", 0.4, "M/CPU-s")
    with tempfile.TemporaryDirectory() as name:
        rate, p95 = trio.run(_record, Path(name) / DATABASE)
        raw = _raw(Path(name) / "raw.db")
    yield Figure(
        f"event to durable row, {BURST} at once",
        rate,
        raw,
        "/s",
        20_000,
        "executemany of the same rows, one commit",
    )
    yield Figure(
        "event to durable row at 2000/s, p95 lag", p95, 1000 / raw, "ms", 100, "a row"
    )


async def _deliver(burst: int) -> float:
    hub, count = Hub("bench", steady_clock()), PUBLISHED // (1 if burst > 1 else 10)
    got = 0

    async def watch(entries: Watcher) -> None:
        nonlocal got
        try:
            while True:
                entries_read = len(await entries.batch())
                got += entries_read
        except trio.EndOfChannel:
            return

    began = time.process_time()
    async with trio.open_nursery() as nursery:
        with ExitStack() as watching:
            for _ in range(WATCHERS):
                entries = watching.enter_context(hub.watching(10_000))
                nursery.start_soon(watch, entries)
            for _ in range(count // burst):
                for _ in range(burst):
                    hub.publish(EVENT)
                await trio.lowlevel.checkpoint()
    spent = time.process_time() - began
    assert got == WATCHERS * count
    return got / spent / 1e6


def _append() -> float:
    inboxes: list[deque[Entry]] = [deque() for _ in range(WATCHERS)]
    began = time.process_time()
    for _ in range(PUBLISHED):
        entry = Entry(time.monotonic(), "bench", EVENT)
        for inbox in inboxes:
            inbox.append(entry)
    for inbox in inboxes:
        while inbox:
            inbox.popleft()
    return WATCHERS * PUBLISHED / (time.process_time() - began) / 1e6


class _Noting:
    """When what was published was durable."""

    def __init__(self, store: Store) -> None:
        self.lags: list[float] = []
        self._store = store

    async def write(self, entries: Sequence[Entry]) -> None:
        await self._store.write(entries)
        now = trio.current_time()
        self.lags += [now - entry.at for entry in entries]


async def _record(path: Path) -> tuple[float, float]:
    """Durable rows a second in a burst, and the 95th percentile of the lag in
    milliseconds at 2000 a second, each in a third of a second's worth."""
    rates = []
    async with open_store(path) as store:
        for _ in range(4):
            noting = _Noting(store)
            began = time.perf_counter()
            await _published(noting, bursts=1, size=BURST, pause=0)
            rates.append(BURST / (time.perf_counter() - began))
        noting = _Noting(store)
        await _published(noting, bursts=10, size=400, pause=0.2)
    assert len(noting.lags) == 4000
    p95 = statistics.quantiles(noting.lags, n=20)[-1]
    return max(rates), 1000 * p95


async def _published(store: _Noting, *, bursts: int, size: int, pause: float) -> None:
    hub = Hub("bench", trio.current_time)
    async with trio.open_nursery() as nursery:
        with hub.watching(10_000) as entries:
            nursery.start_soon(partial(record, entries, store))
            for _ in range(bursts):
                for _ in range(size):
                    hub.publish(EVENT)
                await trio.sleep(pause)


def _raw(path: Path) -> float:
    rows = [project(Entry(1.0, "bench", EVENT)).event for _ in range(BURST)]
    best = math.inf
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        raw.execute("CREATE TABLE events (at, session, turn, type, body)")
        for _ in range(4):
            began = time.perf_counter()
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
            raw.execute("COMMIT")
            best = min(best, time.perf_counter() - began)
    return BURST / best
