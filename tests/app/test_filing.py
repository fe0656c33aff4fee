"""The record has a backup of every night, made in a quiet moment."""

import logging
from pathlib import Path

import pytest
import trio

from agent.app import filing
from agent.app.filing import keep_backups
from agent.app.session import open_session
from agent.config import Config
from agent.record.backups import backups
from agent.record.store import open_store
from tests.record.conversations import query


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tonny.db"


def spoil(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


async def test_it_is_made_once_it_is_quiet_and_only_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "LOOK_EVERY", 0.0)
    looks, quiet = 0, False

    def is_quiet() -> bool:
        nonlocal looks
        looks += 1
        return quiet

    async def looked(times: int) -> None:
        wanted = looks + times
        while looks < wanted:
            await trio.lowlevel.checkpoint()

    async with open_store(path), trio.open_nursery() as nursery:
        nursery.start_soon(keep_backups, path, 3, is_quiet)
        await looked(20)
        assert backups(path) == []
        quiet = True
        await looked(20)
        (made,) = backups(path)
        assert query(made, "PRAGMA quick_check") == [("ok",)]
        nursery.cancel_scope.cancel()


async def test_one_that_fails_is_told_and_ends_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(filing, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(filing, "AGAIN_AFTER", 0.0)
    spoil(path)
    with caplog.at_level(logging.WARNING):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_backups, path, 3, lambda: True)
            while len(caplog.messages) < 2:
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
    assert "damaged" in caplog.messages[1]


async def test_a_record_that_was_replaced_is_an_event_of_the_session(
    path: Path,
) -> None:
    spoil(path)
    async with open_session(path.parent, Config(), alone=True) as session:
        replaced = session.store.replaced
    assert replaced is not None
    assert query(
        path,
        "SELECT json_extract(body, '$.event.aside') FROM events"
        " WHERE type = 'record_replaced'",
    ) == [(str(replaced.aside),)]
    assert query(path, "SELECT type FROM events ORDER BY id LIMIT 2") == [
        ("session_started",),
        ("record_replaced",),
    ]
