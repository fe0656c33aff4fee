"""Against the stand-in's multi-context WebSocket."""

from urllib.parse import parse_qs, urlsplit

import pytest
import trio

from agent.errors import Refused, Unavailable
from agent.ports import Passage
from tests.speaking.elevenlabs import CANARY, said, speaking
from tests.standins.elevenlabs.account import Account, Cut, Pieces
from tests.standins.elevenlabs.speech import pcm_of


async def test_passages_share_a_connection_and_each_has_its_own_end() -> None:
    account = Account()
    async with speaking(account, transport="websocket") as voice:
        for text in ("Hello there.", "And goodbye."):
            assert await said(voice, text) == pcm_of(text)
    (socket,) = account.sockets
    assert socket.headers["xi-api-key"] == CANARY
    names = [message["context_id"] for message in socket.told]
    assert len(set(names)) == 2
    first = [message for message in socket.told if message["context_id"] == names[0]]
    assert first == [
        {"text": " ", "context_id": names[0]},
        {"text": "Hello there. ", "flush": True, "context_id": names[0]},
        {"close_context": True, "context_id": names[0]},
    ]


async def test_two_passages_at_once_are_not_mixed_up() -> None:
    heard: dict[str, bytes] = {}
    account = Account()
    async with (
        speaking(account, transport="websocket") as voice,
        trio.open_nursery() as nursery,
    ):

        async def hear(text: str) -> None:
            heard[text] = await said(voice, text)

        for text in ("One after the other.", "Both at the same time."):
            nursery.start_soon(hear, text)
    assert heard == {text: pcm_of(text) for text in heard}
    assert len(heard) == 2


async def test_samples_cut_in_half_are_whole_again() -> None:
    account = Account()
    account.faults.append(Pieces(333))
    async with (
        speaking(account, transport="websocket") as voice,
        voice.speak(Passage("Hello.")) as sound,
    ):
        pieces = [pcm async for pcm in sound]
    assert all(len(piece) % 2 == 0 for piece in pieces)
    assert b"".join(pieces) == pcm_of("Hello.")


async def test_the_settings_are_in_the_address_and_the_first_message() -> None:
    account = Account()
    async with speaking(
        account,
        transport="websocket",
        stability=0.3,
        seed=7,
        language="de",
        pronunciation="abc:1",
    ) as voice:
        await said(voice, "Hallo.")
    (socket,) = account.sockets
    query = parse_qs(urlsplit(socket.target).query)
    assert query["model_id"] == ["eleven_flash_v2_5"]
    assert query["output_format"] == ["pcm_24000"]
    assert (query["seed"], query["language_code"]) == (["7"], ["de"])
    assert socket.told[0]["voice_settings"]["stability"] == 0.3
    assert socket.told[0]["pronunciation_dictionary_locators"] == [
        {"pronunciation_dictionary_id": "abc", "version_id": "1"}
    ]


async def test_the_other_spelling_is_understood() -> None:
    account = Account()
    account.spells = "context_id"
    async with speaking(account, transport="websocket") as voice:
        assert await said(voice) == pcm_of("Hello.")


async def test_a_lost_connection_is_opened_again() -> None:
    account = Account()
    account.faults.append(Cut(after=9_001))
    async with speaking(account, transport="websocket") as voice:
        with pytest.raises(Unavailable):
            await said(voice, "Hello there.")
        assert await said(voice) == pcm_of("Hello.")
    assert len(account.sockets) == 2
    assert account.spoken == ["Hello there.", "Hello."]


async def test_what_nobody_wants_to_hear_is_closed() -> None:
    account = Account()
    async with speaking(account, transport="websocket") as voice:
        async with voice.speak(Passage("A long sentence.", streamed=True)) as sound:
            async for _ in sound:
                break
        await trio.testing.wait_all_tasks_blocked(0.05)
    closed = [m for m in account.sockets[0].told if m.get("close_context")]
    assert len(closed) == 2  # as it was asked for, and when nobody listened any more


async def test_a_model_without_websockets_says_what_to_compare() -> None:
    async with speaking(Account(), transport="websocket", model="eleven_v3") as voice:
        with pytest.raises(Refused, match=r"tts\.model"):
            await said(voice)
