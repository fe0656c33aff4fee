"""A copy of the record, made while it is in use, is whole, private, and one of a few."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import Unavailable
from agent.record.backups import DAY, back_up, backups, is_due, made_at, new_file
from agent.record.sqlite import Damaged
from agent.record.store import open_store
from tests.record.conversations import conversation, entries, query

COUNT = "SELECT count(*) FROM conversations"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tonny.db"


def pretend(path: Path, *, days_ago: float) -> Path:
    """A backup of another day."""
    return dated(path, time.time() - days_ago * DAY)


def dated(path: Path, moment: float) -> Path:
    """One of that moment."""
    name = f"tonny-{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%S}Z.db"
    (path.parent / "backups").mkdir(exist_ok=True)
    made = path.parent / "backups" / name
    made.touch()
    return made


async def test_it_has_what_is_written_and_not_yet_in_the_file(path: Path) -> None:
    before = os.umask(0)
    try:
        async with open_store(path) as store:
            await store.write(entries(conversation(turns=3)))
            made = back_up(path, keep=3)
            await store.write(entries(conversation(turns=1)))
            assert query(made, COUNT) < query(path, COUNT)
    finally:
        os.umask(before)
    assert query(made, COUNT) == [(12,)]
    assert query(made, "SELECT count(*) FROM said WHERE said MATCH 'answer'") == [(6,)]
    assert abs(made_at(made) - time.time()) < 60
    assert [oct(p.stat().st_mode & 0o777) for p in (made, made.parent)] == [
        "0o600",
        "0o700",
    ]
    assert backups(path) == [made]
    async with open_store(made) as store:  # it is a record like any other
        await store.write(entries(conversation()))


async def test_the_oldest_go_and_what_is_not_ours_stays(path: Path) -> None:
    async with open_store(path):
        old = [pretend(path, days_ago=days) for days in (1, 2, 3)]
        (path.parent / "backups" / "mine.db").touch()
        made = back_up(path, keep=2)
    assert backups(path) == [made, old[0]]
    assert (path.parent / "backups" / "mine.db").exists()


async def test_what_its_dead_writer_left_is_removed(path: Path) -> None:
    async with open_store(path):
        back_up(path, keep=2)
        left, young = (path.parent / "backups" / f"{n}.part" for n in "ab")
        for part in (left, young):
            part.touch()
        os.utime(left, (0, 0))
        back_up(path, keep=2)
    assert not left.exists()
    assert young.exists()


def test_one_that_fails_leaves_nothing_and_takes_nothing(path: Path) -> None:
    kept = pretend(path, days_ago=1)
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(Damaged, match="damaged"):
        back_up(path, keep=1)
    with pytest.raises(ZeroDivisionError), new_file(path.parent / "x"):
        raise ZeroDivisionError
    assert {each.name for each in path.parent.iterdir()} == {"backups", path.name}
    assert [*kept.parent.iterdir()] == [kept]


def test_where_no_folder_can_be_made_it_is_unavailable(path: Path) -> None:
    path.touch()
    (path.parent / "backups").write_text("in the way")
    with pytest.raises(Unavailable, match="not backed up"):
        back_up(path, keep=1)


def at(clock: str, day: int = 20) -> float:
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").timestamp()


@pytest.mark.parametrize(
    ("made", "now", "due"),
    [
        (at("03:05"), at("23:59"), False),
        (at("02:55"), at("03:01"), True),
        (at("02:55"), at("02:59"), False),
        (at("03:05"), at("02:59", 21), False),
        (at("03:05"), at("03:00", 21), True),
        (at("12:00"), at("09:00", 25), True),
        (at("12:00", 25), at("12:00"), True),  # the clock was set back
    ],
)
def test_it_is_due_once_a_night(
    path: Path, made: float, now: float, *, due: bool
) -> None:
    assert is_due(path, now)
    dated(path, made)
    assert is_due(path, now) == due
