"""Against a stand-in for the multi-context WebSocket."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import trio

from agent.config.settings import Secret, Tts
from agent.errors import AgentError, Refused, Unavailable
from agent.ports import Passage
from agent.speaking.elevenlabs import ElevenLabs, Ledger, open_elevenlabs
from tests.fakes import Shelved, to_no_one
from tests.standins.contexts import Account, serve_contexts, sound_of

USUAL = Tts(api_key=Secret("canary-key-5261"), transport="websocket")


@asynccontextmanager
async def speaking(
    account: Account, settings: Tts = USUAL
) -> AsyncIterator[ElevenLabs]:
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_contexts, account)
        there = msgspec.structs.replace(settings, base_url=url)
        ledger = Ledger(to_no_one, time.time)
        async with open_elevenlabs(there, ledger, Shelved(), to_no_one) as voice:
            yield voice
        nursery.cancel_scope.cancel()


async def said(voice: ElevenLabs, text: str) -> bytes:
    async with voice.speak(Passage(text, streamed=True)) as sound:
        return b"".join([pcm async for pcm in sound])


async def test_passages_share_a_connection_and_each_has_its_own_end() -> None:
    account = Account()
    async with speaking(account) as voice:
        for text in ("Hello there.", "And goodbye."):
            assert await said(voice, text) == sound_of(text)
    assert account.connections == 1
    names = [message["context_id"] for message in account.told]
    assert len(set(names)) == 2
    first = [message for message in account.told if message["context_id"] == names[0]]
    assert first == [
        {"text": " ", "context_id": names[0]},
        {"text": "Hello there. ", "flush": True, "context_id": names[0]},
        {"close_context": True, "context_id": names[0]},
    ]


async def test_two_passages_at_once_are_not_mixed_up() -> None:
    heard: dict[str, bytes] = {}
    async with speaking(Account()) as voice, trio.open_nursery() as nursery:

        async def hear(text: str) -> None:
            heard[text] = await said(voice, text)

        for text in ("One after the other.", "Both at the same time."):
            nursery.start_soon(hear, text)
    assert heard == {text: sound_of(text) for text in heard}
    assert len(heard) == 2


async def test_the_settings_are_in_the_address_and_the_first_message() -> None:
    account = Account()
    settings = msgspec.structs.replace(
        USUAL, stability=0.3, seed=7, language="de", pronunciation="abc:1"
    )
    async with speaking(account, settings) as voice:
        await said(voice, "Hallo.")
    query = parse_qs(urlsplit(account.paths[0]).query)
    assert query["model_id"] == ["eleven_flash_v2_5"]
    assert query["output_format"] == ["pcm_24000"]
    assert (query["seed"], query["language_code"]) == (["7"], ["de"])
    assert account.told[0]["voice_settings"]["stability"] == 0.3
    assert account.told[0]["pronunciation_dictionary_locators"] == [
        {"pronunciation_dictionary_id": "abc", "version_id": "1"}
    ]


async def test_the_other_spelling_is_understood() -> None:
    async with speaking(Account(spells="context_id")) as voice:
        assert await said(voice, "Hello.") == sound_of("Hello.")


async def test_a_lost_connection_is_opened_again() -> None:
    account = Account(cuts=1)
    async with speaking(account) as voice:
        with pytest.raises(Unavailable):
            await said(voice, "Hello there.")
        account.cuts = None
        assert await said(voice, "Hello.") == sound_of("Hello.")
    assert account.connections == 2


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("This request exceeds your quota of 10000.", Refused),
        ("Invalid API key", Refused),
        ("Something went wrong", Unavailable),
    ],
)
async def test_an_error_is_told_in_elevenlabs_own_words(
    message: str, kind: type[AgentError]
) -> None:
    account = Account(error={"message": message, "error": "some_error", "code": 1008})
    async with speaking(account) as voice:
        with pytest.raises(kind, match=message[:20]):
            await said(voice, "Hello.")


async def test_what_nobody_wants_to_hear_is_closed() -> None:
    account = Account()
    async with speaking(account) as voice:
        async with voice.speak(Passage("A long sentence.", streamed=True)) as sound:
            async for _ in sound:
                break
        await trio.testing.wait_all_tasks_blocked(0.05)
    closed = [m for m in account.told if m.get("close_context")]
    assert len(closed) == 2  # as it was asked for, and when nobody listened any more


async def test_a_refused_handshake_says_what_to_compare() -> None:
    async with speaking(Account(refuses=403)) as voice:
        with pytest.raises(Refused, match=r"tts\.api_key"):
            await said(voice, "Hello.")
