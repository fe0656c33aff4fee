"""A damaged record never keeps Tonny from starting, and nothing is lost in silence."""

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.errors import Misconfigured, Unavailable
from agent.ports import Question
from agent.record.backups import back_up, backups
from agent.record.migrations import SCHEMA
from agent.record.outbox import StoredOutbox
from agent.record.rescue import moved_aside
from agent.record.sqlite import Damaged
from agent.record.store import Store, open_store
from tests.record.conversations import (
    NOON,
    conversation,
    entries,
    looking_into,
    query,
)

DAMAGES = 300
COUNT = "SELECT count(*) FROM conversations"
WAITING = "SELECT id FROM outbox WHERE state = 'pending' ORDER BY seq"
OUTBOX = "SELECT id, state FROM outbox ORDER BY id"


async def ask(store: Store, *names: str) -> None:
    outbox = StoredOutbox(store, room=99)
    for name in names:
        await outbox.keep(Question(name, 1, "s", f"what is {name}?", asked_at=NOON))


async def settle(store: Store, name: str) -> None:
    await StoredOutbox(store, room=99).settle(name, "answered")


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder that costs no disk a sync, where there is one."""
    memory = Path("/dev/shm")  # what it makes there has a name of its own
    where = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose backup is older than what was last asked and answered."""
    folder = tmp_path_factory.mktemp("sound")

    async def make() -> None:
        path = folder / "tonny.db"
        async with open_store(path) as store:
            await store.write(entries(conversation(turns=20)))
            await ask(store, "done", "late")
        back_up(path, keep=1)
        async with open_store(path) as store:
            await store.write(entries(conversation(turns=20), "Y"))
            await ask(store, *(f"new{number}" for number in range(20)))
            await settle(store, "done")
            await store.change(lambda c: c.execute(LETTER))

    trio.run(make)
    return folder


LETTER = "INSERT INTO letters (id, key, body, at) VALUES ('l', 'k', x'7b7d', 1.0)"


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    """The record in a folder that may be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "data")) / "tonny.db"


def overwrite(path: Path, at: int, damage: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(damage)


def overwrite_all(path: Path, content: bytes | bytearray) -> None:
    path.write_bytes(content)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def size(path: Path) -> int:
    return path.stat().st_size


def rename(path: Path, name: str) -> None:
    path.rename(path.with_name(name))


def flip(path: Path, dice: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(dice.choice((1, 3, 30))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    overwrite_all(path, content)


def scribble(path: Path, dice: random.Random) -> None:
    size = path.stat().st_size
    overwrite(path, dice.randrange(size), dice.randbytes(dice.choice((8, 600, 9000))))


def blank(path: Path, dice: random.Random) -> None:
    pages = path.stat().st_size // 4096
    overwrite(path, 4096 * dice.randrange(pages), bytes(4096 * dice.choice((1, 2))))


def truncate(path: Path, dice: random.Random) -> None:
    with path.open("r+b") as file:
        file.truncate(dice.randrange(path.stat().st_size))


def spoil_the_head(path: Path, dice: random.Random) -> None:
    overwrite(path, dice.randrange(100), dice.randbytes(1))


def replace(path: Path, dice: random.Random) -> None:
    overwrite_all(path, dice.choice((b"", b"\0", b"not a database\n" * 500)))


WAYS: tuple[Callable[[Path, random.Random], None], ...] = (
    flip,
    scribble,
    blank,
    truncate,
    spoil_the_head,
    replace,
)


def all_but_content(path: Path) -> list[Any]:
    """What is there; that no bit of a text was turned over, no check can tell."""
    tables = ("conversations", "events", "outbox", "letters", "said")
    counts = [query(path, f"SELECT count(*) FROM {table}") for table in tables]  # noqa: S608
    return [*counts, len(query(path, WAITING))]


async def test_whatever_is_damaged_it_starts_and_loses_nothing_in_silence(
    sound: Path, in_memory: Path
) -> None:
    whole, replaced = all_but_content(sound / "tonny.db"), 0
    for seed in range(DAMAGES):
        dice, folder = random.Random(seed), in_memory / f"{seed}"
        path = Path(shutil.copytree(sound, folder)) / "tonny.db"
        WAYS[seed % len(WAYS)](path, dice)
        damaged = path.read_bytes()
        try:
            async with open_store(path, mend=True) as store:
                found = all_but_content(path)
                await ask(store, "afterwards")
                await store.write(entries(conversation(), "Z"))
        except Misconfigured as exc:
            if "newer tonny-agent" in str(exc) and path.read_bytes() == damaged:
                continue  # the one byte that tells which version wrote it
            raise
        assert query(path, COUNT + " WHERE session_id = 'Z'") == [(6,)], seed
        assert ("afterwards",) in query(path, WAITING), seed
        assert query(path, "PRAGMA quick_check") == [("ok",)], seed
        if store.replaced is None:
            assert found == whole, seed
        else:
            replaced += 1
            assert store.replaced.aside.read_bytes() == damaged, seed
            assert store.replaced.backup, seed
            assert query(path, COUNT + " WHERE session_id = 'X'") == [(63,)], seed
            # One entry is gone or damaged at most where its own page is.
            assert dict(query(path, OUTBOX))["late"] in {"pending", "expired"}, seed
            assert store.replaced.questions == len(query(path, WAITING)) - 1, seed
        shutil.rmtree(folder)
    assert replaced > DAMAGES / 3


async def test_what_waits_is_saved_and_what_was_answered_is_not_asked_again(
    path: Path,
) -> None:
    with looking_into(path) as record:
        record.execute("PRAGMA writable_schema = ON")
        (root,) = record.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'conversations'"
        ).fetchone()
    overwrite(path, 4096 * (root - 1), bytes(4096))
    async with open_store(path, mend=True) as store:
        assert store.replaced is not None
        assert store.replaced.questions == 21
        states = dict(query(path, OUTBOX))
        assert states.pop("done") == "answered"
        assert {*states.values()} == {"pending"}
        assert query(path, "SELECT id, key, body FROM letters") == [("l", "k", b"{}")]
        assert moved_aside(path.parent) == [store.replaced.aside]
        assert store.replaced.aside.stat().st_mode & 0o777 == 0o600


async def test_what_waited_in_a_backup_is_given_up_where_nobody_knows(
    path: Path,
) -> None:
    overwrite_all(path, b"not a database" * 1000)
    async with open_store(path, mend=True) as store:
        assert store.replaced is not None
        assert "no database" in store.replaced.reason
    assert dict(query(path, OUTBOX)) == {"done": "expired", "late": "expired"}


async def test_without_a_backup_that_is_whole_a_new_one_is_made(path: Path) -> None:
    for backup in backups(path):
        overwrite_all(backup, b"bad too" * 1000)
    overwrite_all(path, b"bad" * 1000)
    async with open_store(path, mend=True) as store:
        assert store.replaced is not None
        assert store.replaced.backup is None
        assert query(path, COUNT) == [(0,)]


def spoil_the_page_of(path: Path, sql: str) -> None:
    """The one on which the text is that *sql* asks for."""
    ((text,),) = query(path, sql)
    content = content_of(path)
    place = content.index(str(text).encode())
    overwrite(path, place - place % 4096, b"\7" * 4096)


EVENT = "SELECT body FROM events LIMIT 1 OFFSET 30"
QUESTION = "SELECT body FROM outbox WHERE id = 'new5'"


async def replaced(path: Path) -> bool:
    async with open_store(path, mend=True) as store:
        return store.replaced is not None


async def test_a_large_one_that_was_read_last_night_is_not_read_at_every_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_the_page_of(path, EVENT)
    monkeypatch.setattr("agent.record.rescue.LARGE", size(path) - 1)
    assert not await replaced(path)
    monkeypatch.setattr("agent.record.rescue.LARGE", size(path))
    assert await replaced(path)


async def test_a_large_one_is_read_where_a_process_died_that_wrote(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_the_page_of(path, EVENT)
    monkeypatch.setattr("agent.record.rescue.LARGE", 1)
    overwrite_all(Path(f"{path}-wal"), b"")
    assert await replaced(path)


async def test_a_large_one_is_read_where_last_night_brought_no_copy(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_the_page_of(path, EVENT)
    monkeypatch.setattr("agent.record.rescue.LARGE", 1)
    for backup in backups(path):
        backup.unlink()
    assert await replaced(path)


async def test_of_a_large_one_what_waits_is_always_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.record.rescue.LARGE", 1)
    spoil_the_page_of(path, QUESTION)
    assert await replaced(path)


async def test_every_one_that_is_moved_aside_stays(path: Path) -> None:
    for number in range(3):
        overwrite_all(path, b"%d" % number * 1000)
        async with open_store(path, mend=True):
            pass
    assert len(moved_aside(path.parent)) == 3


async def test_who_is_not_alone_moves_nothing(path: Path) -> None:
    overwrite_all(path, b"bad" * 1000)
    with pytest.raises(Damaged, match="tonny-agent run moves it aside"):
        async with open_store(path):
            pass
    assert moved_aside(path.parent) == []


async def test_a_newer_one_is_refused_and_left_alone(path: Path) -> None:
    with looking_into(path) as record:
        record.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = content_of(path)
    with pytest.raises(Misconfigured, match=f"schema version {SCHEMA + 1}.*Update"):
        async with open_store(path, mend=True):
            pass
    assert content_of(path) == before
    assert moved_aside(path.parent) == []


async def test_one_that_is_locked_is_not_taken_for_damaged(path: Path) -> None:
    with looking_into(path) as record:
        record.execute("PRAGMA locking_mode = EXCLUSIVE")
        record.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable, match="locked"):
            async with open_store(path, mend=True):
                pass
    assert moved_aside(path.parent) == []


async def test_who_died_while_replacing_it_is_followed(path: Path) -> None:
    rename(path, "tonny.db.next")
    async with open_store(path, mend=True) as store:
        assert store.replaced is None
        assert len(query(path, WAITING)) == 21


async def test_what_a_killed_process_left_in_the_log_is_read(path: Path) -> None:
    """Where its index is gone too."""
    async with open_store(path) as store:
        await ask(store, "in the log")
        killed = path.parent / "killed"
        killed.mkdir()
        for ending in ("", "-wal"):
            shutil.copy(f"{path}{ending}", killed / f"tonny.db{ending}")
    async with open_store(killed / "tonny.db", mend=True) as store:
        assert store.replaced is None
    assert len(query(killed / "tonny.db", WAITING)) == 22


def test_it_says_what_became_of_it(path: Path) -> None:
    overwrite_all(path, b"bad" * 1000)

    async def start() -> str:
        async with open_store(path, mend=True) as store:
            assert store.replaced is not None
            assert msgspec.to_builtins(store.replaced.questions) == 0
            return store.replaced.as_text()

    told = trio.run(start)
    assert "is replaced by the backup tonny-2" in told
    assert str(moved_aside(path.parent)[0]) in told
