from pathlib import Path

from agent.record.seen import KEPT, StoredSeen
from agent.record.store import open_store


async def test_what_was_seen_is_known_after_a_restart(tmp_path: Path) -> None:
    async with open_store(tmp_path / "tonny.db") as store:
        seen = StoredSeen(store)
        assert await seen.first_time("msg_1")
        assert not await seen.first_time("msg_1")
    async with open_store(tmp_path / "tonny.db") as store:
        seen = StoredSeen(store)
        assert not await seen.first_time("msg_1")
        assert await seen.first_time("msg_2")


async def test_it_is_forgotten_when_its_signature_is_too_old(tmp_path: Path) -> None:
    now = 1_000_000.0
    async with open_store(tmp_path / "tonny.db") as store:
        seen = StoredSeen(store, lambda: now)
        assert await seen.first_time("msg_1")
        now += KEPT + 1
        assert await seen.first_time("msg_1")


async def test_a_clock_that_was_set_back_keeps_nothing_for_ever(
    tmp_path: Path,
) -> None:
    now = 1_000_000.0
    async with open_store(tmp_path / "tonny.db") as store:
        seen = StoredSeen(store, lambda: now)
        assert await seen.first_time("msg_1")
        now -= 10 * KEPT
        assert await seen.first_time("msg_2")
        assert await seen.first_time("msg_1")
