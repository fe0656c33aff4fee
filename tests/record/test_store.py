import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from agent.errors import Misconfigured, Refused, Unavailable
from agent.events import Entry, Ready
from agent.record.sqlite import sqlite3
from agent.record.store import Store, open_store
from tests.record.conversations import (
    NOON,
    content,
    conversation,
    entries,
    looking_into,
    query,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "tonny.db"


def permissions(folder: Path) -> dict[str, str]:
    return {file.name: f"{file.stat().st_mode & 0o777:o}" for file in folder.iterdir()}


def spoil(path: Path, damage: bytes, *, at: int = 0) -> None:
    """Overwrite what is in a file, without making it shorter."""
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with path.open("r+b") as file:
        file.seek(at)
        file.write(damage)


def expose(path: Path) -> None:
    path.chmod(0o644)


def cramped(connection: sqlite3.Connection) -> None:
    """From now on the disk is as good as full."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def roomy(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 100000")


async def test_what_is_written_is_there_for_everyone_at_once(path: Path) -> None:
    async with open_store(path) as store:
        await store.write(entries(conversation(turns=2)))
        assert query(path, "SELECT count(*) FROM events") == [(14,)]
        assert query(path, "SELECT type FROM events ORDER BY id LIMIT 3") == [
            ("session_started",),
            ("heard",),
            ("asked",),
        ]


async def test_only_the_user_may_read_any_of_its_files(path: Path) -> None:
    before = os.umask(0)
    try:
        async with open_store(path) as store:
            await store.write(entries(conversation()))
            found = permissions(path.parent)
    finally:
        os.umask(before)
    assert found == {"tonny.db": "600", "tonny.db-wal": "600", "tonny.db-shm": "600"}
    assert permissions(path.parent.parent) == {"data": "700"}


async def test_files_that_others_could_read_become_private(path: Path) -> None:
    async with open_store(path):
        pass
    expose(path)
    async with open_store(path) as store:
        await store.write(entries(conversation()))
        assert set(permissions(path.parent).values()) == {"600"}


async def test_the_connection_keeps_its_promises(path: Path) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "cache_size": -256,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }

    def settings(connection: sqlite3.Connection) -> dict[str, object]:
        pragmas = {name: connection.execute(f"PRAGMA {name}") for name in wanted}
        return {name: cursor.fetchone()[0] for name, cursor in pragmas.items()}

    async with open_store(path) as store:
        assert await store.read(settings) == wanted


async def test_closing_leaves_one_file_with_everything_in_it(path: Path) -> None:
    async with open_store(path) as store:
        await store.write(entries(conversation()))
    assert list(permissions(path.parent)) == ["tonny.db"]
    assert b"question 1" in content(path)


async def test_a_batch_is_written_whole_or_not_at_all(path: Path) -> None:
    good, bad = Entry(NOON, "X", Ready("a")), Entry(NOON, "X", Ready("\udcff"))
    async with open_store(path) as store:
        with pytest.raises(UnicodeEncodeError):
            await store.write([good, bad])
        assert query(path, "SELECT * FROM events") == []
        await store.write([good])
        assert query(path, "SELECT count(*) FROM events") == [(1,)]


async def test_a_change_that_has_begun_is_finished_though_nobody_waits(
    path: Path,
) -> None:
    async with open_store(path) as store:
        with trio.CancelScope() as scope:

            def insert(connection: sqlite3.Connection) -> None:
                trio.from_thread.run_sync(scope.cancel)
                connection.execute("INSERT INTO events VALUES (1, 0, 'X', 1, '', '')")

            await store.change(insert)
        assert query(path, "SELECT count(*) FROM events") == [(1,)]


async def test_a_full_disk_is_not_forever(path: Path) -> None:
    batch = entries(conversation(turns=100))
    async with open_store(path) as store:
        await store.read(cramped)
        with pytest.raises(Unavailable, match=r"tonny\.db .* full"):
            await store.write(batch)
        assert query(path, "SELECT count(*) FROM events") == [(0,)]
        await store.read(roomy)
        await store.write(batch)
        assert query(path, "SELECT count(*) FROM events") == [(len(batch),)]


async def test_someone_who_will_not_let_go_of_the_file_makes_it_unavailable(
    path: Path,
) -> None:
    async with open_store(path) as store:
        with looking_into(path) as greedy:
            greedy.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked"):
                await store.write(entries(conversation()))
        await store.write(entries(conversation()))


async def test_a_record_that_may_not_be_changed_is_a_matter_for_the_user(
    path: Path,
) -> None:
    async with open_store(path) as store:
        await store.read(lambda connection: connection.execute("PRAGMA query_only = 1"))
        with pytest.raises(Misconfigured, match=r"tonny\.db cannot be written"):
            await store.write(entries(conversation()))


async def refusal(path: Path) -> str:
    with pytest.raises(Misconfigured) as refused:
        async with open_store(path):
            pass
    assert str(path) in str(refused.value)
    return str(refused.value)


async def test_a_file_that_is_no_database_is_kept_and_named(path: Path) -> None:
    spoil(path, b"Dear diary, " * 1000)
    assert "moves it aside" in await refusal(path)
    assert content(path) == b"Dear diary, " * 1000


async def test_a_damaged_database_is_refused_when_the_damage_is_met(path: Path) -> None:
    async with open_store(path) as store:
        await store.write(entries(conversation(turns=200)))
    spoil(path, b"\xff" * 8192, at=4096)
    async with open_store(path) as store:
        with pytest.raises(Misconfigured, match="moves it aside"):
            await store.write(entries(conversation(turns=200)))


async def test_a_folder_that_cannot_be_made_is_a_matter_for_the_user(
    tmp_path: Path,
) -> None:
    spoil(tmp_path / "file", b"no folder")
    assert "--data-dir" in await refusal(tmp_path / "file" / "tonny.db")


STRANGER = """
import os, sys, trio
from pathlib import Path
from agent.errors import Misconfigured
from agent.record.store import open_store

async def main():
    try:
        async with open_store(Path("tonny.db")):
            print("opened")
    except Misconfigured as exc:
        print(exc)

os.chdir(sys.argv[1])
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
trio.run(main)
"""


def test_a_folder_that_may_only_be_read_is_a_matter_for_the_user(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o555)
    told = subprocess.run(
        [sys.executable, "-c", STRANGER, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.startswith("the record tonny.db cannot be written: Permission denied")


def scribe(path: Path, session: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.record.scribe", path, session, str(count)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_share_a_file_from_its_first_moment(path: Path) -> None:
    with scribe(path, "X", 300) as one, scribe(path, "Y", 300) as other:
        assert len(one.communicate()[0].split()) == 300
        assert len(other.communicate()[0].split()) == 300
    per_session = "SELECT session_id, count(*) FROM events GROUP BY session_id"
    assert query(path, per_session) == [("X", 300), ("Y", 300)]
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


def test_killing_it_loses_nothing_that_was_acknowledged(path: Path) -> None:
    chance = random.Random(7)
    for session in "ABCDEF":
        with scribe(path, session, 10**6) as writing:
            assert writing.stdout is not None
            acknowledged = [
                int(writing.stdout.readline()) for _ in range(chance.randrange(1, 200))
            ]
            writing.kill()
            acknowledged += [int(turn) for turn in writing.stdout.read().split()]
        written = "SELECT turn FROM events WHERE session_id = ? ORDER BY id"
        turns = [turn for (turn,) in query(path, written, session)]
        assert turns == list(range(len(turns)))
        assert acknowledged == turns[: len(acknowledged)]
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


async def test_the_store_waits_for_no_one_elses_threads(path: Path) -> None:
    """Forty name look-ups into a black hole take every thread of the default limiter."""
    async with open_store(path) as store:
        limiter = trio.to_thread.current_default_thread_limiter()
        for _ in range(int(limiter.total_tokens)):
            limiter.acquire_on_behalf_of_nowait(object())
        with trio.fail_after(5):
            await write_one(store)


async def write_one(store: Store) -> None:
    await store.write([Entry(NOON, "X", Ready("a"))])


async def test_many_changes_are_made_durable_together(path: Path) -> None:
    done: list[int] = []
    async with open_store(path) as store:
        synced = 0

        def count(statement: str) -> None:
            nonlocal synced
            synced += statement == "COMMIT"

        await store.read(lambda connection: connection.set_trace_callback(count))

        async def change(n: int) -> None:
            await store.change(
                lambda connection: connection.execute(
                    "INSERT INTO seen VALUES (?, 0)", (f"{n}",)
                )
            )
            done.append(n)

        async with trio.open_nursery() as nursery:
            for n in range(200):
                nursery.start_soon(change, n)
        await store.read(lambda connection: connection.set_trace_callback(None))
    assert sorted(done) == list(range(200))
    assert query(path, "SELECT count(*) FROM seen") == [(200,)]
    assert synced <= 10


async def test_one_that_fails_is_undone_alone(path: Path) -> None:
    def add(
        name: str, then: Exception | None = None
    ) -> Callable[[sqlite3.Connection], str]:
        def work(connection: sqlite3.Connection) -> str:
            connection.execute("INSERT INTO seen VALUES (?, 0)", (name,))
            if then is not None:
                raise then
            return name

        return work

    outcomes: dict[str, str] = {}
    async with open_store(path) as store:

        async def change(name: str, then: Exception | None = None) -> None:
            try:
                outcomes[name] = await store.change(add(name, then))
            except Refused as exc:
                outcomes[name] = str(exc)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(change, "a")
            nursery.start_soon(change, "b", Refused("no room"))
            nursery.start_soon(change, "c")
    assert outcomes == {"a": "a", "b": "no room", "c": "c"}
    assert query(path, "SELECT id FROM seen ORDER BY id") == [("a",), ("c",)]


async def test_who_is_cancelled_before_its_turn_changes_nothing(path: Path) -> None:
    async with open_store(path) as store:
        with trio.CancelScope() as scope:
            scope.cancel()
            await store.change(
                lambda connection: connection.execute(
                    "INSERT INTO seen VALUES ('a', 0)"
                )
            )
        assert scope.cancelled_caught
    assert query(path, "SELECT count(*) FROM seen") == [(0,)]


async def test_who_is_cancelled_takes_no_one_with_it(path: Path) -> None:
    def noting(name: str) -> Callable[[sqlite3.Connection], object]:
        return lambda connection: connection.execute(
            "INSERT INTO seen VALUES (?, 0)", (name,)
        )

    told: set[str] = set()

    async def change(name: str, scope: trio.CancelScope) -> None:
        with scope:
            await store.change(noting(name))
            told.add(name)

    async with open_store(path) as store:
        for attempt in range(20):
            names = [f"{attempt}{letter}" for letter in "abc"]
            first = trio.CancelScope()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(change, names[0], first)
                for name in names[1:]:
                    nursery.start_soon(change, name, trio.CancelScope())
                await trio.lowlevel.checkpoint()
                first.cancel()
            assert told >= set(names[1:])
    assert told <= {name for (name,) in query(path, "SELECT id FROM seen")}


async def test_where_no_thread_can_be_had_nobody_is_told_that_it_is_durable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = trio.to_thread.run_sync

    async def no_thread(*_: object, **__: object) -> None:
        monkeypatch.setattr(trio.to_thread, "run_sync", real)  # there is one again
        await trio.lowlevel.checkpoint()
        raise RuntimeError("can't start new thread")

    failed: list[str] = []

    async def change(name: str) -> None:
        with pytest.raises(RuntimeError, match="new thread"):
            await store.change(lambda connection: None)
        failed.append(name)

    async with open_store(path) as store:
        monkeypatch.setattr(trio.to_thread, "run_sync", no_thread)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(change, "a")
            nursery.start_soon(change, "b")
        await write_one(store)
    assert sorted(failed) == ["a", "b"]
