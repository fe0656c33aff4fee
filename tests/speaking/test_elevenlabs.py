"""Against a stand-in on loopback sockets, with a clock that skips the waiting."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.config.settings import Secret, Tts
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Passage
from agent.speaking.elevenlabs import ElevenLabs, Ledger, open_elevenlabs
from tests.fakes import Shelved, to_no_one
from tests.standins import faults
from tests.standins.voice import CHUNK, TONE, tone
from tests.standins.web import Answerer, Asked, Reply, serve_web

CANARY = "canary-key-5261"


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


@asynccontextmanager
async def speaking(answerer: Answerer, key: str = CANARY) -> AsyncIterator[ElevenLabs]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_web, answerer)
        async with opened(f"{url}/", key) as engine:
            yield engine
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def opened(url: str, key: str = CANARY) -> AsyncIterator[ElevenLabs]:
    settings = Tts(base_url=url, api_key=Secret(key))
    ledger = Ledger(to_no_one, time.time)
    async with open_elevenlabs(settings, ledger, Shelved(), to_no_one) as engine:
        yield engine


async def said(voice: ElevenLabs) -> list[bytes]:
    async with voice.speak(Passage("Hello.")) as sound:
        return [pcm async for pcm in sound]


async def failure(voice: ElevenLabs) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await said(voice)
    assert CANARY not in repr(failed.value)
    return failed.value


async def test_samples_cut_in_half_by_the_network_are_whole_again() -> None:
    assert CHUNK % 2
    async with speaking(tone) as voice:
        pieces = await said(voice)
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert b"".join(pieces) == TONE


async def test_single_bytes_make_samples_too() -> None:
    async def spell(asked: Asked, reply: Reply) -> None:
        await reply.begin()
        for byte in b"\1\2\3\4\5":
            await reply.add(bytes([byte]))
            await trio.sleep(0.01)
        await reply.end()

    async with speaking(spell) as voice:
        assert b"".join(await said(voice)) == b"\1\2\3\4"


async def test_the_request_asks_for_pcm_of_the_text() -> None:
    requests: list[Asked] = []

    async def record(asked: Asked, reply: Reply) -> None:
        requests.append(asked)
        await tone(asked, reply)

    async with speaking(record) as voice:
        await said(voice)
    asked = requests[0]
    assert asked.target == (
        "/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream?output_format=pcm_24000"
    )
    assert asked.headers["xi-api-key"] == CANARY
    body = msgspec.json.decode(asked.body)
    assert body == {"text": "Hello.", "model_id": "eleven_flash_v2_5"}


@pytest.mark.parametrize(
    ("voice", "kind", "words"),
    [
        ("wrong", Refused, "Invalid API key (401)"),
        ("spent", Refused, "exceeds your quota"),
        ("free", Refused, "cannot use library voices"),
        ("plan", Refused, "Pro and above"),
        ("nobody", Refused, "voice_not_found"),
        ("plain", Refused, "An invalid ID"),
        ("schema", Refused, "does not understand"),
        ("page", Refused, "(400)"),
        ("empty", Refused, "(400)"),
        ("busy", Unavailable, "Too many."),
        ("down", Unavailable, "(503)"),
    ],
)
async def test_an_error_is_told_in_elevenlabs_own_words(
    voice: str, kind: type[AgentError], words: str
) -> None:
    async with speaking(tone, voice) as engine:
        error = await failure(engine)
    assert isinstance(error, kind)
    assert words in str(error)
    if isinstance(error, Unavailable):
        assert error.retry_after == 7


@pytest.mark.parametrize("fault", [faults.silence, faults.stall])
async def test_a_stall_is_noticed(fault: Answerer, hasty_clock: MockClock) -> None:
    async with speaking(fault) as voice:
        began = trio.current_time()
        assert type(await failure(voice)) is Unavailable
        assert trio.current_time() - began < 11


async def test_a_listener_may_take_its_time(hasty_clock: MockClock) -> None:
    heard = b""
    async with speaking(tone) as voice, voice.speak(Passage("Hello.")) as sound:
        async for pcm in sound:
            if not heard:
                await trio.sleep(60)
            heard += pcm
    assert heard == TONE


@pytest.mark.parametrize("fault", [faults.garbage, faults.cut, faults.reset])
async def test_a_broken_answer_is_unavailable(fault: Answerer) -> None:
    async with speaking(fault) as voice:
        assert type(await failure(voice)) is Unavailable


async def test_sound_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.speaking.elevenlabs.stream.LONGEST", 1 << 20)
    async with speaking(faults.endless) as voice:
        assert isinstance(await failure(voice), Refused)


async def test_compressed_sound_is_refused() -> None:
    async with speaking(faults.compressed) as voice:
        assert isinstance(await failure(voice), Refused)


async def test_nobody_there_is_unavailable() -> None:
    async with opened("http://127.0.0.1:9") as voice:
        assert type(await failure(voice)) is Unavailable


async def test_a_drip_is_given_up_in_time(hasty_clock: MockClock) -> None:
    async with speaking(faults.drip) as voice:
        began = trio.current_time()
        assert type(await failure(voice)) is Unavailable
        assert trio.current_time() - began < 31


@pytest.mark.parametrize("body", [b"", b"\1"])
async def test_no_sound_is_no_success(body: bytes) -> None:
    silent = faults.saying(200, body, content_type="audio/pcm")
    async with speaking(silent) as voice:
        assert type(await failure(voice)) is Unavailable


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
async def test_words_are_not_played_as_sound(kind: str) -> None:
    async with speaking(faults.saying(200, b"<html>", content_type=kind)) as voice:
        assert "tts.base_url" in str(await failure(voice))


@pytest.mark.parametrize(
    ("detail", "remedy"),
    [
        ('{"code":"unauthorized","status":"missing_permissions"}', "give the key"),
        ('{"status":"quota_exceeded","message":"Spent."}', "another plan"),
        ('{"code":"voice_not_found","message":"None."}', "tts.voice"),
    ],
)
async def test_an_error_comes_with_what_to_do(detail: str, remedy: str) -> None:
    body = f'{{"detail":{detail}}}'.encode()
    async with speaking(faults.saying(401, body)) as voice:
        assert remedy in str(await failure(voice))


async def test_a_compressed_error_still_says_which() -> None:
    busy = faults.saying(503, b"\x1f\x8b", content_encoding="gzip")
    async with speaking(busy) as voice:
        assert type(await failure(voice)) is Unavailable
