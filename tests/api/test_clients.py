"""Each client by itself, as a program that embeds Tonny has it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import msgspec
import pytest
import trio

import agent
from agent import api
from agent.demo import read_clip
from tests.standins.elevenlabs.account import KEY, Account, Cut
from tests.standins.elevenlabs.server import serve_elevenlabs
from tests.standins.recogniser import HEARD, Recogniser, serve_recogniser
from tests.standins.web import Asked, Reply, serve_web
from tests.standins.workflow import repeat

Serve = Callable[..., Awaitable[None]]


async def _served(nursery: trio.Nursery, serve: Serve, *what: object) -> str:
    url: str = await nursery.start(partial(serve, *what))
    return url


async def _piecemeal(pcm: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(pcm), 3201):
        await trio.lowlevel.checkpoint()
        yield pcm[begin : begin + 3201]


def test_what_agent_offers_is_what_the_api_has() -> None:
    assert agent.__all__ == api.__all__
    assert all(getattr(agent, name) is getattr(api, name) for name in api.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'listen_to_me'"):
        agent.listen_to_me  # noqa: B018


def test_settings_from_python_are_checked_like_those_in_a_file() -> None:
    config = agent.configure(tts={"speed": 1.2}, workflow={"token": "canary-7741"})
    assert config.tts.speed == 1.2
    assert "canary" not in repr(config)
    with pytest.raises(agent.Misconfigured) as wrong:
        agent.configure(tts={"speed": 9, "volum": 3}, vocie={})
    assert "tts.speed is 9; it has to be a number from 0.5 to 2" in str(wrong.value)
    assert "did you mean volume?" in str(wrong.value)
    assert 'there is no section "vocie"' in str(wrong.value)


async def test_pcm_goes_in_and_text_comes_out(nursery: trio.Nursery) -> None:
    server = Recogniser()
    url = await _served(nursery, serve_recogniser, server)
    async with agent.open_whisperlivekit(f"{url}/asr") as ear:
        whole = await ear.transcribe(read_clip())
        async with ear.stream(_piecemeal(read_clip())) as heard:
            seen = [each async for each in heard]
    assert whole.text == HEARD
    *partials, final = seen
    assert isinstance(final, agent.Transcript)
    assert final.text == HEARD
    assert partials
    assert all(isinstance(each, agent.Partial) for each in partials)
    nursery.cancel_scope.cancel()


async def test_whoever_leaves_a_transcript_early_leaves_nothing_behind(
    nursery: trio.Nursery,
) -> None:
    url = await _served(nursery, serve_recogniser, Recogniser())
    async with agent.open_whisperlivekit(f"{url}/asr") as ear:
        async with ear.stream(_piecemeal(read_clip())) as heard:
            await anext(aiter(heard))
        assert (await ear.transcribe(read_clip())).text == HEARD
    nursery.cancel_scope.cancel()


async def test_a_recogniser_that_is_away_is_an_error_of_ours() -> None:
    async with agent.open_whisperlivekit("ws://127.0.0.1:9/asr") as ear:
        with pytest.raises(agent.Unavailable, match=r"127\.0\.0\.1:9"):
            await ear.transcribe(read_clip())


async def test_what_breaks_the_sound_breaks_the_transcript(
    nursery: trio.Nursery,
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield read_clip()
        raise ZeroDivisionError

    url = await _served(nursery, serve_recogniser, Recogniser())
    async with agent.open_whisperlivekit(f"{url}/asr") as ear:
        with pytest.raises(ZeroDivisionError):
            await ear.transcribe(broken())
    nursery.cancel_scope.cancel()


async def _streams(asked: Asked, reply: Reply) -> None:
    await reply.begin(200, content_type="application/json; charset=utf-8")
    for item in ("It is ", "noon. ", "Lunch?"):
        line = msgspec.json.encode({"type": "item", "content": item})
        await reply.add(line + b"\n")
    await reply.end()


async def test_a_workflow_answers_whole_and_in_pieces(nursery: trio.Nursery) -> None:
    url = await _served(nursery, serve_web, repeat)
    async with agent.open_n8n(f"{url}/webhook/tonny") as n8n:
        assert await n8n.ask("hello") == agent.Answer("You said hello.")
    streaming = await _served(nursery, serve_web, _streams)
    async with (
        agent.open_n8n(streaming) as n8n,
        n8n.stream("what time is it") as parts,
    ):
        assert [part async for part in parts] == ["It is ", "noon. ", "Lunch?"]
    nursery.cancel_scope.cancel()


async def test_commands_come_beside_the_text(nursery: trio.Nursery) -> None:
    async def quiet(asked: Asked, reply: Reply) -> None:
        assert asked.headers["x-key"] == "canary-7741"
        said = {"text": "Bye.", "commands": ["mute", {"command": "dance"}]}
        await reply.whole(200, msgspec.json.encode(said))

    url = await _served(nursery, serve_web, quiet)
    opened = agent.open_n8n(url, header="X-Key", token="canary-7741")
    async with opened as n8n:
        answer = await n8n.ask("good night")
    assert answer.text == "Bye."
    assert [type(command).__name__ for command in answer.commands] == ["Mute"]
    nursery.cancel_scope.cancel()


async def test_a_workflow_that_is_away_is_an_error_of_ours() -> None:
    async with agent.open_n8n("http://127.0.0.1:9/webhook/tonny") as n8n:
        with pytest.raises(agent.Unavailable, match="refused"):
            await n8n.ask("hello")


async def test_elevenlabs_has_voices_and_speaks(nursery: trio.Nursery) -> None:
    url = await _served(nursery, serve_elevenlabs, Account(key=KEY))
    opened = agent.open_elevenlabs(KEY, base_url=url, voice="George")
    async with opened as voice:
        assert [each.name for each in await voice.voices("George")]
        assert await voice.models()
        assert (await voice.quota()).character_limit > 0
        text = "This is the first sentence of it. And here the second one comes."
        async with voice.speak(text) as chunks:
            pcm = b"".join([chunk async for chunk in chunks])
    assert len(pcm) / (2 * voice.rate) > 1
    nursery.cancel_scope.cancel()


async def test_a_voice_that_is_cut_off_says_so(nursery: trio.Nursery) -> None:
    account = Account(key=KEY)
    account.faults.append(Cut(4000))
    url = await _served(nursery, serve_elevenlabs, account)
    async with agent.open_elevenlabs(KEY, base_url=url) as voice:
        with pytest.raises(agent.Unavailable):
            async with voice.speak("Hello there, how are you?") as chunks:
                [chunk async for chunk in chunks]
    nursery.cancel_scope.cancel()


async def test_errors_of_the_caller_are_not_wrapped(nursery: trio.Nursery) -> None:
    with pytest.raises(ZeroDivisionError):
        async with agent.open_elevenlabs(KEY):
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        async with agent.open_n8n("http://127.0.0.1:9/"):
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        async with agent.open_whisperlivekit("ws://127.0.0.1:9/asr"):
            raise ZeroDivisionError


async def test_a_wrong_key_is_refused(nursery: trio.Nursery) -> None:
    url = await _served(nursery, serve_elevenlabs, Account(key=KEY))
    async with agent.open_elevenlabs("canary-key-5261", base_url=url) as voice:
        with pytest.raises(agent.Refused) as refused:
            await voice.voices()
    assert "canary" not in str(refused.value)
    nursery.cancel_scope.cancel()
