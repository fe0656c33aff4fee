"""The outbox and the way to the workflow, beside a raw SQLite and a plain httpx loop."""

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import trio

from agent.app.session import Session, open_session
from agent.app.thoughts import thinking_of
from agent.app.tools import minds
from agent.commands import Command, Unknown
from agent.config import Config
from agent.config.settings import Log, Workflow
from agent.events import Asked, Event, Heard
from agent.floor import Floor
from agent.pipeline import Line, Publish
from agent.pipeline.think import think
from agent.ports import Question
from agent.record.outbox import StoredOutbox
from agent.record.seen import StoredSeen
from agent.record.store import open_store
from tests.bench.figures import Figure

ENQUEUED, ASKED, DRAINED, RECOVERED = 200, 150, 1500, 10_000


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield trio.run(_enqueue, folder / "enqueue")
        yield trio.run(_recover, folder / "recover")
        with _stub() as url:
            yield trio.run(_drain, folder / "drain", url)
            yield trio.run(_ask, folder / "ask", url)


@contextmanager
def _stub() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.workflow_stub"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stub:
        assert stub.stdout is not None
        yield f"http://127.0.0.1:{stub.stdout.readline().strip()}/webhook/tonny"
        stub.kill()


def _question(number: int) -> Question:
    return Question(f"q{number:06}", number, "bench", f"{number}", asked_at=1.0)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


async def _enqueue(folder: Path) -> Figure:
    """Kept one after the other, in turns with a row in a database of its own, from a
    thread: the event loop may not wait for a disk."""
    ours: list[float] = []
    theirs: list[float] = []
    raw = await trio.to_thread.run_sync(_raw_database, folder)

    def insert() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO outbox (body) VALUES (?)", ("x" * 200,))
        raw.execute("COMMIT")

    async with open_store(folder / "tonny.db") as store:
        outbox = StoredOutbox(store, room=10**6)
        for number in range(ENQUEUED):
            began = time.perf_counter()
            await outbox.keep(_question(number))
            ours.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            await trio.to_thread.run_sync(insert)
            theirs.append(1000 * (time.perf_counter() - began))
    raw.close()
    floor = _p95(theirs)
    label = "raw SQLite in a thread"
    return Figure(
        "a question durable, p95", _p95(ours), floor, "ms", 1.2 * floor, label
    )


def _raw_database(folder: Path) -> sqlite3.Connection:
    folder.mkdir(exist_ok=True)
    raw = sqlite3.connect(
        folder / "raw.db", isolation_level=None, check_same_thread=False
    )
    raw.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
    raw.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, body TEXT)")
    return raw


async def _recover(folder: Path) -> Figure:
    """From a closed record to the first page of what waits in it."""
    async with open_store(folder / "tonny.db") as store:
        outbox = StoredOutbox(store, room=10**6)
        async with trio.open_nursery() as nursery:
            for number in range(RECOVERED):
                nursery.start_soon(outbox.keep, _question(number))
    took: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        async with open_store(folder / "tonny.db") as store:
            page = await StoredOutbox(store, room=10**6).pending(100)
            took.append(1000 * (time.perf_counter() - began))
            assert len(page) == 100
    began = time.perf_counter()
    with closing(sqlite3.connect(folder / "tonny.db")) as raw:
        raw.execute("SELECT body FROM outbox").fetchall()
    floor = 1000 * (time.perf_counter() - began)
    return Figure(
        f"{RECOVERED} waiting questions found again",
        statistics.median(took),
        floor,
        "ms",
        300,
        "all of them read by raw SQLite",
    )


async def _drain(folder: Path, url: str) -> Figure:
    async with open_store(folder / "tonny.db") as store:
        outbox = StoredOutbox(store, room=10**6)
        async with trio.open_nursery() as nursery:
            for number in range(DRAINED):
                nursery.start_soon(outbox.keep, _question(number))
    config = _config(url)
    async with open_session(folder, config) as session:
        began = time.perf_counter()
        await _think(config, session, session.hub.publish)
        rate = DRAINED / (time.perf_counter() - began)
    async with httpx.AsyncClient(trust_env=False) as client:
        began = time.perf_counter()
        for _ in range(DRAINED // 3):
            (await client.post(url, json={"text": "hello"})).raise_for_status()
        floor = DRAINED // 3 / (time.perf_counter() - began)
    return Figure("questions drained a second", rate, floor, "/s", 500, "plain httpx")


async def _ask(folder: Path, url: str) -> Figure:
    """From a final transcript to its request in the workflow's hands, and how much of
    that was the commit."""
    config = _config(url)
    asked: list[float] = []

    def publish(event: Event) -> None:
        if isinstance(event, Asked):
            asked.append(time.monotonic())

    async with (
        open_session(folder, config) as session,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        await client.get(f"{url}/times")
        await _think(config, session, publish, ask=ASKED)
        told = (await client.get(f"{url}/times")).text
    arrived = [float(at) for at in told.split(",")]
    beyond = [1000 * (at - since) for at, since in zip(arrived, asked, strict=True)]
    return Figure(
        "durable question to its request at the workflow, p95",
        _p95(beyond[5:]),
        statistics.median(beyond[5:]),
        "ms",
        3,
        "its median",
    )


def _config(url: str) -> Config:
    return Config(
        workflow=Workflow(url=url, still_working=""), log=Log(file=False, level="error")
    )


async def _think(
    config: Config, session: Session, publish: Publish, *, ask: int = 0
) -> None:
    """The think stage until nothing waits; so many questions come to it meanwhile."""
    send, heard = trio.open_memory_channel[Heard](0)
    to_speak, lines = trio.open_memory_channel[Line](0)
    opened = minds(config, session.hub.publish, StoredSeen(session.store), _ignore)
    async with opened as ladder, trio.open_nursery() as nursery:
        nursery.start_soon(_listen, lines)
        thinking = thinking_of(config, session, ladder, Floor(), _ignore)
        async with trio.open_nursery() as asking:
            asking.start_soon(think, heard, thinking, to_speak, publish)
            for turn in range(ask):
                await send.send(Heard(turn + 1, f"{turn}", "keyboard"))
                await trio.sleep(0.02)
            send.close()
        nursery.cancel_scope.cancel()


async def _listen(lines: trio.MemoryReceiveChannel[Line]) -> None:
    async for _ in lines:
        pass


def _ignore(_command: Command | Unknown) -> None:
    """Nobody commands anything here."""
