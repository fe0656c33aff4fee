"""Against a stand-in on loopback sockets, with a clock that skips the waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Passage
from agent.speaking.elevenlabs import ElevenLabs
from tests.speaking.elevenlabs import CANARY, opened, said, speaking
from tests.standins import faults
from tests.standins.elevenlabs.account import (
    GEORGE,
    Account,
    Cut,
    Fault,
    Stalls,
    WrongLength,
)
from tests.standins.elevenlabs.speech import PIECE, SECONDS, pcm_of
from tests.standins.web import Answerer, Asked, Reply, serve_web


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


@asynccontextmanager
async def hearing(answerer: Answerer) -> AsyncIterator[ElevenLabs]:
    """A voice before a server that is nothing like ElevenLabs."""
    async with trio.open_nursery() as nursery:
        async with opened(f"{await nursery.start(serve_web, answerer)}/") as voice:
            yield voice
        nursery.cancel_scope.cancel()


async def failure(voice: ElevenLabs) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await said(voice)
    assert CANARY not in repr(failed.value)
    return failed.value


async def test_samples_cut_in_half_by_the_network_are_whole_again() -> None:
    assert PIECE % 2
    async with (
        speaking(Account()) as voice,
        voice.speak(Passage("Hello.")) as sound,
    ):
        pieces = [pcm async for pcm in sound]
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert b"".join(pieces) == pcm_of("Hello.")


async def test_single_bytes_make_samples_too() -> None:
    async def spell(asked: Asked, reply: Reply) -> None:
        await reply.begin()
        for byte in b"\1\2\3\4\5":
            await reply.add(bytes([byte]))
            await trio.sleep(0.01)
        await reply.end()

    async with hearing(spell) as voice:
        assert await said(voice) == b"\1\2\3\4"


async def test_the_request_asks_for_pcm_of_the_text() -> None:
    account = Account()
    async with speaking(account) as voice:
        await said(voice)
    asked = account.asked[0]
    assert asked.target == (
        f"/v1/text-to-speech/{GEORGE}/stream?output_format=pcm_24000"
    )
    assert asked.headers["xi-api-key"] == CANARY
    body = msgspec.json.decode(asked.body)
    assert body == {"text": "Hello.", "model_id": "eleven_flash_v2_5"}


@pytest.mark.parametrize("fault", [faults.silence, faults.stall])
async def test_a_stall_is_noticed(fault: Answerer, hasty_clock: MockClock) -> None:
    async with hearing(fault) as voice:
        began = trio.current_time()
        assert type(await failure(voice)) is Unavailable
        assert trio.current_time() - began < 11


async def test_a_listener_may_take_its_time(hasty_clock: MockClock) -> None:
    heard = b""
    async with (
        speaking(Account()) as voice,
        voice.speak(Passage("Hello.")) as sound,
    ):
        async for pcm in sound:
            if not heard:
                await trio.sleep(60)
            heard += pcm
    assert heard == pcm_of("Hello.")


@pytest.mark.parametrize("fault", [Cut(0), Cut(5_001), WrongLength(1), Stalls(5_001)])
async def test_half_an_answer_is_no_success(
    fault: Fault, hasty_clock: MockClock
) -> None:
    account = Account()
    account.faults.append(fault)
    async with speaking(account) as voice:
        assert type(await failure(voice)) is Unavailable
    assert account.spoken == ["Hello."]  # once: nobody wants to hear it twice


async def test_sound_is_heard_as_it_comes(hasty_clock: MockClock) -> None:
    account, came = Account(), list[float]()
    account.delay, account.pace = 0.5, 48_000
    async with speaking(account) as voice:
        began = trio.current_time()
        async with voice.speak(Passage("A longer text.")) as sound:
            async for _ in sound:
                came.append(trio.current_time() - began)
    assert came[0] == pytest.approx(0.5, abs=0.1)
    assert came[-1] == pytest.approx(0.5 + 14 * SECONDS, abs=0.1)


@pytest.mark.parametrize("fault", [faults.garbage, faults.cut, faults.reset])
async def test_a_broken_answer_is_unavailable(fault: Answerer) -> None:
    async with hearing(fault) as voice:
        assert type(await failure(voice)) is Unavailable


async def test_sound_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.speaking.elevenlabs.stream.LONGEST", 1 << 20)
    async with hearing(faults.endless) as voice:
        assert isinstance(await failure(voice), Refused)


async def test_compressed_sound_is_refused() -> None:
    async with hearing(faults.compressed) as voice:
        assert isinstance(await failure(voice), Refused)


async def test_nobody_there_is_unavailable() -> None:
    async with opened("http://127.0.0.1:9") as voice:
        assert type(await failure(voice)) is Unavailable


async def test_a_drip_is_given_up_in_time(hasty_clock: MockClock) -> None:
    async with hearing(faults.drip) as voice:
        began = trio.current_time()
        assert type(await failure(voice)) is Unavailable
        assert trio.current_time() - began < 31


@pytest.mark.parametrize("body", [b"", b"\1"])
async def test_no_sound_is_no_success(body: bytes) -> None:
    silent = faults.saying(200, body, content_type="audio/pcm")
    async with hearing(silent) as voice:
        assert type(await failure(voice)) is Unavailable


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
async def test_words_are_not_played_as_sound(kind: str) -> None:
    async with hearing(faults.saying(200, b"<html>", content_type=kind)) as voice:
        assert "tts.base_url" in str(await failure(voice))


async def test_a_compressed_error_still_says_which() -> None:
    busy = faults.saying(503, b"\x1f\x8b", content_encoding="gzip")
    async with hearing(busy) as voice:
        assert type(await failure(voice)) is Unavailable
