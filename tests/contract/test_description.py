"""Tonny and the stand-in, each held against the official description of the API."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from agent.config.settings import Secret, Tts
from agent.ports import Passage
from agent.speaking.elevenlabs import open_account
from tests.contract.gate import gated
from tests.speaking.elevenlabs import opened
from tests.standins.elevenlabs.account import GEORGE, KEY, Account, Voice
from tests.standins.web import Asked, Reply

HELLO = Passage("Hello there.")


@pytest.fixture
def description(shared: Path) -> Path:
    return shared / "openapi-tts-subset.json"


async def _say(url: str, passage: Passage = HELLO, **settings: Any) -> None:
    async with opened(url, **settings) as voice, voice.speak(passage) as sound:
        async for _ in sound:
            pass


async def test_whatever_tonny_asks_to_be_said_is_as_described(
    prism: str, description: Path
) -> None:
    account = Account(tier="pro")
    async with gated(prism, description, account) as (url, gate):
        await _say(url)
        await _say(url, Passage("And then?", before="Hello.", speed=1.2))
        await _say(url, stability=0.0, similarity=1.0, style=0.3)
        await _say(url, speaker_boost=False, seed=4_294_967_295, language="de")
        await _say(url, pronunciation="abc,def:2", normalization="off")
        await _say(url, model="eleven_multilingual_v2", format="pcm_44100")
        await _say(url, voice="sarah")
    assert gate.complaints == []
    assert len(account.spoken) == 7
    assert gate.passed.count(f"POST /v1/text-to-speech/{GEORGE}/stream") == 6
    assert "GET /v2/voices" in gate.passed


async def test_whatever_tonny_asks_about_the_account_is_as_described(
    prism: str, description: Path
) -> None:
    account = Account()
    account.voices += [Voice(f"many{n:016d}", f"Voice {n}") for n in range(200)]
    async with gated(prism, description, account) as (url, gate):
        settings = Tts(base_url=url, api_key=Secret(KEY))
        async with open_account(settings) as asking:
            assert len(await asking.voices()) == 203
            assert len(await asking.voices("sarah")) == 1
            assert await asking.named("George") is not None
            assert (await asking.subscription()).character_limit == account.limit
            assert len(await asking.models()) == len(account.models)
    assert gate.complaints == []
    assert gate.passed.count("GET /v2/voices") == 5


async def test_all_that_the_stand_in_answers_is_as_described(
    prism: str, description: Path
) -> None:
    speech = f"/v1/text-to-speech/{GEORGE}"
    async with (
        gated(prism, description, Account(tier="starter")) as (url, gate),
        httpx.AsyncClient(base_url=url, headers={"xi-api-key": KEY}) as client,
    ):
        for place in (
            *("/v1/models", "/v1/user", "/v1/user/subscription", "/v1/voices"),
            *(f"/v1/voices/{GEORGE}", "/v2/voices?page_size=2&search=r"),
        ):
            assert (await client.get(place)).status_code == 200
        for manner in ("", "/stream", "/with-timestamps", "/stream/with-timestamps"):
            for sound in ("mp3_44100_128", "pcm_24000", "ulaw_8000"):
                query = f"?output_format={sound}"
                said = await client.post(speech + manner + query, json={"text": "Hi."})
                assert said.status_code == 200
        too_fast = {"text": "Hi.", "voice_settings": {"speed": 3}}
        assert (await client.post(speech, json=too_fast)).status_code == 422
    assert gate.complaints == []
    assert len(gate.passed) == 19


async def test_the_gate_would_notice_a_wrong_request(
    prism: str, description: Path
) -> None:
    async with (
        gated(prism, description, Account()) as (url, gate),
        httpx.AsyncClient(base_url=url, headers={"xi-api-key": KEY}) as client,
    ):
        body = {"text": "Hi.", "voice_settings": {"stability": 3}}
        await client.post(f"/v1/text-to-speech/{GEORGE}/stream", json=body)
    assert len(gate.complaints) == 1
    assert "stability" in gate.complaints[0]


async def test_the_gate_would_notice_a_wrong_answer(
    prism: str, description: Path
) -> None:
    async def wrong(asked: Asked, reply: Reply) -> None:
        if asked.method == "POST":
            await reply.whole(200, b"\1\0", content_type="audio/pcm")
        else:
            await reply.whole(200, msgspec.json.encode([{"model_id": "m"}]))

    async with (
        gated(prism, description, wrong) as (url, gate),
        httpx.AsyncClient(base_url=url) as client,
    ):
        await client.get("/v1/models")
        speech = f"/v1/text-to-speech/{GEORGE}/stream"
        await client.post(speech, json={"text": "Hi."})
    assert len(gate.complaints) == 2
