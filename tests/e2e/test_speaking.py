"""What is said, from the command line to the sound, through a server that speaks like
Pico: so one can write down again what was heard."""

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import trio

from tests.e2e.agent_process import RATE, word_errors
from tests.e2e.network import Cable
from tests.e2e.running import WITHIN, Agent, run, settings, started
from tests.hearing import sound
from tests.standins.elevenlabs.account import Account
from tests.standins.elevenlabs.server import Server, serve_elevenlabs

STORY = """\
The old house stood at the end of the street, and nobody had lived there for years.
Every morning the children walked past it on their way to school. One day the youngest
of them saw a light in the window. She stopped and looked at it for a long time. Her
brother told her that it was only the sun. But the sun was behind the clouds, and it had
been raining since the night before. In the afternoon they came back with a lamp and a
piece of bread. The door was open, and the floor was covered with yellow leaves. They
heard somebody laugh in the kitchen, and then a plate fell down. A very small woman sat
at the table and drank a cup of tea. She said that she had waited for them all summer.
Nobody ever comes to visit me, she told them, because the house looks so dark. The
children sat down and gave her the bread. She cut it into four pieces and put some
butter on each of them. Then she told them about the time when the street was still a
river. There were boats in front of every door, and the milk came by water. In winter
the people went to the market on their skates. The children wanted to know where the
river had gone. It is still there, she said, but it sleeps under the stones. If you put
your ear to the ground at midnight, you can hear it breathe. They thanked her and walked
home through the rain. Their mother asked them where they had been for so long. We went
to see the river, the girl answered, and her brother smiled. That night they opened the
window and listened. Far below them, under the quiet street, something was moving slowly
toward the sea. In the morning there was a little boat in front of the door. It was made
of paper, and there was a piece of bread in it. The smallest of the children took it
into the house and put it on the table. When the others had gone to school, she carried
it to the old kitchen. The woman was not there, but a warm cup of tea stood beside the
window. Next to it lay a letter, and in it there was a map of the river.
""".replace("\n", " ").strip()


class Voice(Account):
    """Speaks like Pico, and remembers what it said and how much of it had sounded in
    *file* when it was asked for that."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.sound = self._spoken
        self.heard_by_then: list[int] = []
        self._file = file

    def _spoken(self, text: str, format: str) -> bytes:
        assert format == f"pcm_{RATE}"
        self.heard_by_then.append(self._file.stat().st_size)
        said: bytes = sound.spoken(text)
        return said


def samples(file: Path) -> bytes:
    with wave.open(str(file)) as wav:
        shape = (wav.getframerate(), wav.getnchannels(), wav.getsampwidth())
        assert shape == (RATE, 1, 2)
        pcm: bytes = wav.readframes(wav.getnframes())
        return pcm


@pytest.mark.parametrize("transport", ["http", "websocket"])
async def test_a_long_text_is_heard_from_early_on_whole_and_can_be_written_down_again(
    transport: str, tmp_path: Path, models: Path
) -> None:
    assert 1900 < len(STORY) < 2100
    file = tmp_path / "said.wav"
    voice = Voice(file)
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_elevenlabs, voice)
        env = settings(url, tmp_path, TONNY_TTS__TRANSPORT=transport)
        say = ("say", STORY, "--speaker", file, "--data-dir", tmp_path / "data")
        await run(env, *say)
        nursery.cancel_scope.cancel()
    assert len(voice.spoken) > 20
    assert voice.heard_by_then[-1] > 44 + 2 * RATE
    assert " ".join(voice.spoken) == STORY
    pieces = [sound.spoken(text) for text in voice.spoken]
    heard = samples(file)
    assert heard == b"".join(pieces)
    assert _jumps(heard, pieces) < 100
    if transport == "http":
        away = {"TONNY_STT__URL": ""}
        text = await run({**env, **away}, "transcribe", file, "--format", "text")
        assert word_errors(STORY, text) / len(STORY.split()) < 0.1, text


def _jumps(pcm: bytes, pieces: list[bytes]) -> int:
    """The greatest difference between two samples at the joins of *pieces*."""
    joins = np.cumsum([len(piece) // 2 for piece in pieces])[:-1]
    steps = np.abs(np.diff(np.frombuffer(pcm, "<i2").astype(int)))
    return int(steps[joins - 1].max())


@asynccontextmanager
async def connected(
    voice: Account, folder: Path, transport: str
) -> AsyncIterator[tuple[Agent, Cable]]:
    """An agent, and the cable between it and *voice*."""
    async with trio.open_nursery() as nursery:
        cable = Cable(await nursery.start(serve_elevenlabs, voice))
        await nursery.start(cable.run)
        more = {"TONNY_TTS__TRANSPORT": transport}
        yield await started(cable.url, folder, nursery, **more), cable
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def served(voice: Account, folder: Path) -> AsyncIterator[tuple[Agent, Server]]:
    """An agent, and a server for *voice* that can go."""
    async with trio.open_nursery() as nursery:
        server = Server(voice, nursery)
        await server.come()
        yield await started(server.url, folder, nursery), server
        nursery.cancel_scope.cancel()


SENTENCES = [
    "The first of them is heard as it should be.",
    "The second one is cut in the middle because the cable is pulled.",
    "The third one is said by somebody else who is nearby.",
    "The fourth one comes from far away again.",
]


@pytest.mark.parametrize("transport", ["http", "websocket"])
async def test_when_the_network_is_lost_in_mid_sentence_nothing_is_doubled_and_it_comes_back(
    transport: str, tmp_path: Path, models: Path
) -> None:
    voice = Voice(tmp_path / "said.wav")
    first, second, third, fourth = SENTENCES
    async with connected(voice, tmp_path, transport) as (agent, cable):
        await agent.say(first)
        await agent.until(event="spoken", text=first, voice="elevenlabs")
        before = len(samples(tmp_path / "said.wav"))
        voice.pace = 1.0 * RATE  # half as fast as it could be heard
        await agent.say(f"{second} {third}")
        await agent.until(2, event="voice_begun", voice="elevenlabs")
        while len(samples(tmp_path / "said.wav")) < before + RATE:  # noqa: ASYNC110 # a file tells nobody that it grows
            await trio.sleep(0.02)
        cable.pull()
        cut = await agent.until(event="unspoken")
        assert cut["text"] == second
        assert cut["reason"].startswith("cut short")
        await agent.until(event="spoken", text=third, voice="pico")
        voice.pace = float("inf")
        cable.plug()
        await agent.say(fourth)
        await agent.until(event="spoken", text=fourth, voice="elevenlabs")
        changes = agent.like(event="rung_changed")
    assert [each["voice"] for each in changes] == ["pico", "elevenlabs"]
    assert changes[0]["reason"]
    assert [e["text"] for e in agent.like(event="spoken")] == [first, third, fourth]
    heard = samples(tmp_path / "said.wav")
    whole = sound.spoken(second)
    rest = heard.removeprefix(sound.spoken(first)).removesuffix(sound.spoken(fourth))
    kept = rest.removesuffix(sound.spoken(third))
    assert len(heard) > len(kept) < len(rest)
    assert RATE <= len(kept) < len(whole)
    _assert_fades_out(kept, whole)


def _assert_fades_out(kept: bytes, whole: bytes) -> None:
    """It is the beginning of *whole*, and ends in silence rather than with a click."""
    steady = len(kept) - 2 * round(0.008 * RATE)
    assert kept[:steady] == whole[:steady]
    ends, should = (np.frombuffer(pcm[: len(kept)], "<i2") for pcm in (kept, whole))
    assert (np.abs(ends[steady // 2 :]) <= np.abs(should[steady // 2 :])).all()
    assert abs(ends[-1]) <= np.abs(should).max() // 100


async def test_a_server_that_returns_is_found_without_a_sentence_that_tries(
    tmp_path: Path, models: Path
) -> None:
    """Nothing but a knock closes a breaker while nobody speaks."""
    voice = Voice(tmp_path / "said.wav")
    async with served(voice, tmp_path) as (agent, server):
        first, *others = SENTENCES
        await agent.say(first)
        await agent.until(event="spoken", text=first, voice="elevenlabs")
        server.go()
        for text in others:
            await agent.say(text)
            await agent.until(event="spoken", text=text, voice="pico")
        assert await agent.breaker() == "open"
        spoken = [*voice.spoken]
        await server.come()
        with trio.fail_after(WITHIN):
            while await agent.breaker() != "closed":  # noqa: ASYNC110 # it is told to nobody
                await trio.sleep(0.5)
        assert voice.spoken == spoken
        await agent.say("Here I am again.")
        await agent.until(event="spoken", text="Here I am again.", voice="elevenlabs")
    lost = agent.like(event="lost", name="elevenlabs")
    ready = agent.like(event="ready", name="elevenlabs")
    assert (len(lost), len(ready)) == (1, 2)


async def test_a_plan_that_is_used_up_is_told_once_and_the_embedded_voice_takes_over(
    tmp_path: Path, models: Path
) -> None:
    voice = Voice(tmp_path / "said.wav")
    first, *others = SENTENCES
    price = (len(first) + 1) // 2  # half a credit a character
    voice.limit = 1000
    voice.used = 950 - price
    async with served(voice, tmp_path) as (agent, _):
        await agent.say(first)
        await agent.until(event="spoken", text=first, voice="elevenlabs")
        low = await agent.until(event="quota_low")
        assert (low["used"], low["limit"]) == (950, 1000)
        voice.limit = 951
        for text in others:
            await agent.say(text)
            await agent.until(event="spoken", text=text, voice="pico")
        await agent.until(event="silent")
    assert len(agent.like(event="quota_low")) == 1
    (spent,) = agent.like(event="quota_spent")
    assert spent["reset"] == voice.reset
    by_pico = [each["text"] for each in agent.like(event="spoken", voice="pico")]
    (notice,) = set(by_pico) - {*others}
    assert notice.startswith("My usual voice has used up its plan until ")
    assert len(by_pico) == len(others) + 1
    changed = [e["voice"] for e in agent.like(event="rung_changed")]
    assert changed == ["pico"]
    asked = [each.target for each in voice.asked if each.method == "POST"]
    assert len(asked) == 2
