import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.config.settings import Secret, Tts
from agent.ports import Passage
from agent.speaking.elevenlabs.cache import FOLDER, Cache

HELLO = Passage("Hello there.")
SOUND = bytes(range(256)) * 8


def cache(folder: Path, **changes: object) -> Cache:
    return Cache(folder / FOLDER, msgspec.structs.replace(Tts(), **changes))


def files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).iterdir())


async def test_what_is_kept_is_found_by_the_next_one_too(tmp_path: Path) -> None:
    await cache(tmp_path).keep(HELLO, SOUND, 24_000)
    assert await cache(tmp_path).find(HELLO) == (SOUND, 24_000)


async def test_nothing_of_it_is_for_others(tmp_path: Path) -> None:
    await cache(tmp_path, api_key=Secret("canary")).keep(HELLO, SOUND, 24_000)
    (file,) = files(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert b"Hello" not in file.read_bytes()
    assert b"canary" not in file.read_bytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"voice": "EXAVITQu4vr4xnSDxMaL"},
        {"model": "eleven_multilingual_v2"},
        {"format": "pcm_16000"},
        {"stability": 0.3},
        {"seed": 1},
        {"language": "de"},
        {"pronunciation": "abc"},
        {"base_url": "https://api.eu.residency.elevenlabs.io"},
    ],
)
async def test_what_can_be_heard_makes_a_difference(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    await cache(tmp_path).keep(HELLO, SOUND, 24_000)
    assert await cache(tmp_path, **changes).find(HELLO) is None


@pytest.mark.parametrize(
    "changes", [{"api_key": Secret("other")}, {"volume": -6.0}, {"pitch": 3.0}]
)
async def test_what_cannot_makes_none(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    await cache(tmp_path).keep(HELLO, SOUND, 24_000)
    assert await cache(tmp_path, **changes).find(HELLO) is not None


async def test_a_speed_of_the_api_is_heard_and_a_local_one_is_not(
    tmp_path: Path,
) -> None:
    kept = cache(tmp_path)
    await kept.keep(HELLO, SOUND, 24_000)
    assert await kept.find(msgspec.structs.replace(HELLO, speed=1.1)) is None
    assert await kept.find(msgspec.structs.replace(HELLO, speed=1.5)) is not None


async def test_what_was_said_by_itself_does_after_anything(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    await kept.keep(HELLO, SOUND, 24_000)
    assert await kept.find(Passage("Hello  there.", "Well.")) == (SOUND, 24_000)
    await kept.keep(Passage("Bye.", "Hello."), SOUND, 24_000)
    assert await kept.find(Passage("Bye.")) is None


@pytest.mark.parametrize("damage", [0, 10, 60, 500])
async def test_what_is_damaged_is_forgotten(tmp_path: Path, damage: int) -> None:
    kept = cache(tmp_path)
    await kept.keep(HELLO, SOUND, 24_000)
    (file,) = files(tmp_path)
    content = bytearray(file.read_bytes())
    content[damage] ^= 1
    file.write_bytes(content)
    assert await kept.find(HELLO) is None or damage in range(8, 12)  # the rate
    if damage not in range(8, 12):
        assert files(tmp_path) == []


@pytest.mark.parametrize("length", [0, 20, 44])
async def test_half_a_file_is_none(tmp_path: Path, length: int) -> None:
    kept = cache(tmp_path)
    await kept.keep(HELLO, SOUND, 24_000)
    (file,) = files(tmp_path)
    os.truncate(file, length)
    assert await kept.find(HELLO) is None


async def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    small = cache(tmp_path, cache_mb=1)
    third = bytes(330_000)
    first, second, last = (Passage(text) for text in ("One.", "Two.", "Three."))
    await small.keep(first, third, 24_000)
    await small.keep(second, third, 24_000)
    assert await small.find(first) is not None  # so the second one goes
    await small.keep(last, third, 24_000)
    await small.keep(Passage("Four."), third, 24_000)
    assert await small.find(second) is None
    assert await small.find(first) is not None
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 1 << 20


async def test_where_nothing_may_be_kept_nothing_is(tmp_path: Path) -> None:
    none = cache(tmp_path, cache_mb=0)
    await none.keep(HELLO, SOUND, 24_000)
    assert await none.find(HELLO) is None
    assert not (tmp_path / FOLDER).exists()


async def test_a_folder_that_cannot_be_used_only_forgets(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("not a folder")
    kept = cache(tmp_path)
    await kept.keep(HELLO, SOUND, 24_000)
    assert await kept.find(HELLO) is None
    assert (await kept.stats()).entries == 0


async def test_it_can_be_counted_and_cleared(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    await kept.keep(HELLO, bytes(48_000), 24_000)
    (tmp_path / FOLDER / ".half.tmp").write_bytes(b"left behind")
    found = await kept.stats()
    assert (found.entries, found.seconds, found.limit) == (1, 1.0, 100 << 20)
    await kept.clear()
    assert files(tmp_path) == []


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_no_text_is_a_path(tmp_path: Path, text: str) -> None:
    name = cache(tmp_path).name(Passage(text))
    assert len(name) == 64
    assert set(name) <= set("0123456789abcdef")
