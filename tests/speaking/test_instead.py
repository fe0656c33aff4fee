"""What speaks instead of what was refused is remembered, and kept like any other."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from agent.api.settings import configure
from agent.app.voices import open_voices
from agent.config import Config
from agent.doctor.voices import check_voices
from agent.events import Event, VoiceSwapped
from agent.ports import Passage, Voice
from agent.speaking.elevenlabs.cache import FOLDER
from agent.speaking.elevenlabs.instead import FILE, REMEMBERED, Instead, Memory
from tests.standins.elevenlabs.account import KEY, Account
from tests.standins.elevenlabs.server import serve_elevenlabs

GONE = "Nobody has this name"


@asynccontextmanager
async def _served(account: Account) -> AsyncIterator[str]:
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve_elevenlabs, account)
        nursery.cancel_scope.cancel()


def _config(url: str, **tts: Any) -> Config:
    known = {"engine": "elevenlabs", "api_key": KEY, "base_url": url}
    return configure(tts={**known, **tts})


async def _say(config: Config, folder: Path, text: str) -> list[Event]:
    """Through the cache, as the pipeline does."""
    happened: list[Event] = []
    async with open_voices(config, folder, happened.append) as voices:
        assert voices.shelf is not None
        if await voices.shelf.find(Passage(text)) is None:
            voice: Voice = voices.ladder.rungs[0].tool
            async with voice.speak(Passage(text)) as chunks:
                [chunk async for chunk in chunks]
    return happened


def _swaps(happened: list[Event]) -> list[VoiceSwapped]:
    return [event for event in happened if isinstance(event, VoiceSwapped)]


async def test_the_next_session_begins_with_the_voice_that_is_allowed(
    tmp_path: Path,
) -> None:
    account = Account(key=KEY, tier="free")
    async with _served(account) as url:
        config = _config(url, voice="21m00Tcm4TlvDq8ikWAM")  # of the library
        (first,) = _swaps(await _say(config, tmp_path, "Hello there."))
        before = len(account.asked)
        assert await _say(config, tmp_path, "Hello there.") == []  # it is kept
        assert len(account.asked) == before
        (again,) = _swaps(await _say(config, tmp_path, "Something else."))
        assert len(account.asked) <= before + 2  # the sound, and a look at the plan
        (told,) = [
            each
            for each in await check_voices(config, tmp_path)
            if each.code == "tts.voice.refused"
        ]
    assert again == first
    assert first.used in told.title
    assert (tmp_path / FOLDER / FILE).stat().st_mode & 0o777 == 0o600


async def test_a_format_that_is_not_allowed_is_remembered_and_told(
    tmp_path: Path,
) -> None:
    account = Account(key=KEY, tier="free")
    async with _served(account) as url:
        config = _config(url, format="pcm_44100")
        await _say(config, tmp_path, "Hello there.")
        before = len(account.asked)
        await _say(config, tmp_path, "Hello there.")
        assert len(account.asked) == before
        found = await check_voices(config, tmp_path)
    assert "tts.format.refused" in [each.code for each in found]


@pytest.fixture
def remembered(tmp_path: Path) -> Callable[..., Memory]:
    config = _config("http://localhost:1", voice=GONE)
    now = [1000.0]

    def open_(**tts: Any) -> Memory:
        settings = msgspec.structs.replace(config.tts, **tts)
        return Memory(settings, tmp_path, lambda: now[0])

    open_.now = now  # type: ignore[attr-defined] # the clock
    return open_


async def test_it_is_believed_for_a_day_and_for_these_settings(
    remembered: Any, tmp_path: Path
) -> None:
    await remembered().note(voice="id", name="Sarah", reason="402")
    assert remembered().found.name == "Sarah"
    assert remembered(voice="another").found.voice == ""
    assert remembered(model="another").found.voice == ""
    remembered.now[0] += REMEMBERED + 1
    assert remembered().found.voice == ""
    remembered.now[0] = 0.0  # by a clock set back, it would be believed for longer
    assert remembered().found.voice == ""


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 10_000])
def test_a_damaged_file_is_forgotten(
    content: bytes, remembered: Any, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(content)
    found = remembered().found
    assert found == Instead(found.wanted)


async def test_what_another_voice_said_is_not_taken_for_the_one_that_is_wanted(
    tmp_path: Path,
) -> None:
    """Once that is allowed, it says it itself."""
    account = Account(key=KEY, tier="free")
    async with _served(account) as url:
        config = _config(url, voice="21m00Tcm4TlvDq8ikWAM")  # of the library
        await _say(config, tmp_path, "Hello there.")
        (tmp_path / FOLDER / FILE).unlink()  # as after a day
        account.tier = "creator"
        before = len(account.spoken)
        assert _swaps(await _say(config, tmp_path, "Hello there.")) == []
    assert account.spoken[before:] == ["Hello there."]
