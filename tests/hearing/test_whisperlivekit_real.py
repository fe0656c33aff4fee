"""Against the real WhisperLiveKit server, where there is one."""

import shutil
from pathlib import Path

import pytest

from agent.config.settings import Secret
from agent.errors import Refused, Unavailable
from agent.hearing.whisperlivekit import WhisperLiveKit
from agent.utterance import Recording
from tests.hearing.sound import silence, spoken
from tests.rigs.whisperlivekit import needs_peer, running

pytestmark = needs_peer

SAID = "Please remind me to water the plants tomorrow."


@pytest.fixture
def tiny_ear(models: Path) -> Path:
    return models / "moonshine-tiny-en"


def utterance() -> Recording:
    recording = Recording(turn=1)
    recording.append(silence(0.5) + spoken(SAID) + silence(0.64))
    recording.finish()
    return recording


def ignore(text: str) -> None:
    """For who is not interested in partial texts."""


async def test_it_hears_what_was_said(tiny_ear: Path) -> None:
    partials: list[str] = []
    async with running(tiny_ear, "--pcm-input", "--no-vac") as (url, _):
        engine = WhisperLiveKit(url, Secret(), "en")
        found = await engine.transcribe(utterance(), partials.append)
    assert found.text == SAID
    assert partials[-1] == SAID


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the server needs ffmpeg")
async def test_it_hears_through_ffmpeg_too(tiny_ear: Path) -> None:
    async with running(tiny_ear, "--no-vac") as (url, _):
        engine = WhisperLiveKit(url, Secret(), "en")
        found = await engine.transcribe(utterance(), ignore)
    assert found.text == SAID


async def test_only_who_has_the_token_and_the_path_is_let_in(tiny_ear: Path) -> None:
    flags = ("--pcm-input", "--no-vac", "--api-token", "right")
    async with running(tiny_ear, *flags) as (url, _):
        right = WhisperLiveKit(url, Secret("right"), "en")
        assert (await right.transcribe(utterance(), ignore)).text == SAID
        for wrong in (
            WhisperLiveKit(url, Secret("wrong"), "en"),
            WhisperLiveKit(url, Secret(), "en"),
            WhisperLiveKit(f"{url}/nowhere", Secret("right"), "en"),
        ):
            with pytest.raises(Refused, match="wrong path or token"):
                await wrong.transcribe(utterance(), ignore)


async def test_a_server_that_dies_is_away_at_once(tiny_ear: Path) -> None:
    growing = Recording(turn=1)
    growing.append(spoken(SAID))
    async with running(tiny_ear, "--pcm-input", "--no-vac") as (url, process):
        engine = WhisperLiveKit(url, Secret(), "en")
        with pytest.raises(Unavailable, match="closed the connection"):
            await engine.transcribe(growing, lambda text: process.kill())
