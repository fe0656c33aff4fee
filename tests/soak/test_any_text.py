"""Whatever it is given to say, the mouth goes on: 10 000 texts with ``TONNY_SOAK=1``.

All is real but the speaker, and the server in the place of ElevenLabs, which fails now
and then: the agenda, the sentences, how they are read, the cache, the ladder with Pico in
its process, the outlet, and the record.
"""

import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio

from agent.app.session import open_session
from agent.app.voices import open_voices, speaking
from agent.commands import Priority
from agent.config import Config
from agent.config.settings import Secret, Tts
from agent.errors import Unavailable
from agent.events import Entry, Spoken, Unspoken
from agent.floor import Floor
from agent.ladder import Ladder
from agent.pipeline import Line
from agent.pipeline.script import Script
from agent.pipeline.speak import speak
from agent.pipeline.speech import LONGEST, Manner, Speech
from agent.ports import Voice
from tests.soak.texts import texts
from tests.standins.elevenlabs.account import Account, Cut, Fails, Fault, Pieces
from tests.standins.elevenlabs.server import serve_elevenlabs

COUNT = 10_000 if os.environ.get("TONNY_SOAK") else 100
LENGTH = 100
SEED = int(os.environ.get("TONNY_SOAK_SEED", "1"))

WITHIN = 30.0
"""Seconds for one text: nothing waits for its sound to be heard."""

ROOM = 64 << 20
"""Bytes by which the process may have grown."""

PRIORITIES: tuple[Priority, ...] = ("alert", "reply", "announcement", "background")


class Moody(Account):
    """Fails one passage in five."""

    luck = random.Random(SEED)

    def fault(self) -> Fault | None:
        moods: list[Fault] = [
            Fails("system_busy"),
            Fails("text_too_long"),
            Cut(self.luck.randrange(9000)),
            Pieces(333),
        ]
        return self.luck.choice(moods) if self.luck.random() < 0.25 else None


class Swallow:
    """A speaker that takes everything at once."""

    name = "swallow"
    audible = False
    underruns = 0

    def __init__(self) -> None:
        self.taken = 0

    async def prepare(self, rate: int) -> None:
        """It always is."""

    async def play(self, pcm: bytes, rate: int) -> None:
        await trio.lowlevel.checkpoint()
        assert len(pcm) % 2 == 0
        assert rate > 0
        self.taken += len(pcm)

    async def drain(self) -> None:
        await trio.lowlevel.checkpoint()

    def silence(self, *, at_once: bool = True) -> float:
        return 0.0

    def volume(self, db: float) -> None:
        """As loud as it is."""


class Told:
    """What came of all that was to be said."""

    def __init__(self) -> None:
        self.last = ""
        self.unspoken = 0

    async def watch(self, entries: trio.abc.ReceiveChannel[Entry]) -> None:
        async for entry in entries:
            msgspec.json.encode(entry)  # as `run --json` does
            match entry.event:
                case Spoken(text=text):
                    self.last = text
                case Unspoken():
                    self.unspoken += 1
                case _:
                    pass


class Talker(msgspec.Struct, frozen=True):
    """A mouth that speaks."""

    floor: Floor
    speech: Speech
    lines: trio.MemorySendChannel[Line]
    ladder: Ladder[Voice]
    speaker: Swallow

    async def settled(self) -> None:
        """Return when nothing is left to say, and its voice is silent."""
        with trio.fail_after(WITHIN):
            while self.speech.agenda or self.speech.waiting:  # noqa: ASYNC110 # it tells nobody
                await trio.sleep(0.001)


@asynccontextmanager
async def talker(folder: Path, account: Account, told: Told) -> AsyncIterator[Talker]:
    send, lines = trio.open_memory_channel[Line](0)
    floor = Floor(barge_in=True)
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_elevenlabs, account)
        tts = Tts(
            base_url=url,
            api_key=Secret("any"),
            format="pcm_16000",
            language="en",
            cache_mb=1,
            per_minute=0,
        )
        config = Config(tts=tts)
        async with (
            open_session(folder, config, [told.watch]) as session,
            open_voices(config, folder, session.hub.publish, session.store) as voices,
        ):
            speech = Speech(floor, session.hub.publish, Manner())
            mouth = speaking(voices, speech, speaker := Swallow(), floor)
            async with send, trio.open_nursery() as speaking_now:
                speaking_now.start_soon(speak, lines, mouth, session.hub.publish)
                yield Talker(floor, speech, send, voices.ladder, speaker)
                await send.aclose()
        nursery.cancel_scope.cancel()


async def _give(talker: Talker, text: str, luck: random.Random) -> None:
    """As an answer that comes in pieces, or as a whole."""
    if luck.random() < 0.5:
        talker.speech.say(text, luck.choice(PRIORITIES))
        return
    turn = talker.floor.number()
    talker.floor.yield_to_user(turn)
    script, at = Script(), 0
    while at < len(text):
        size = luck.randint(1, 40)
        for sentence in script.feed(text[at : at + size]):
            await talker.lines.send(Line(turn, sentence, streamed=luck.random() < 0.3))
        at += size
    for sentence in script.flush():
        await talker.lines.send(Line(turn, sentence))


async def test_whatever_the_text_the_voice_goes_on(
    models: Path, tmp_path: Path
) -> None:
    luck, told = random.Random(SEED), Told()
    async with talker(tmp_path, Moody(), told) as mouth:
        before = 0
        for number, text in enumerate(texts(SEED, COUNT, LENGTH)):
            with trio.fail_after(WITHIN):
                await _give(mouth, text, luck)
            match luck.randrange(40):
                case 0:
                    mouth.speech.stop()
                case 1:
                    mouth.speech.skip()
                case 2:
                    mouth.speech.pause(on=True)
                    await trio.sleep(0.01)
                    mouth.speech.pause(on=False)
                case 3:
                    continue  # the next one comes while this is being said
            await mouth.settled()
            mouth.ladder.retry_now()
            before = before or (_resident() if number > COUNT // 5 else 0)
        await mouth.settled()
        assert told.unspoken
        taken = mouth.speaker.taken
        mouth.speech.say("All of it was said.")
        await mouth.settled()
        assert mouth.speaker.taken > taken
    assert told.last == "All of it was said."
    assert _resident() - before < ROOM


async def test_ten_megabytes_are_refused_at_once_and_nothing_else_waits_for_them(
    models: Path, tmp_path: Path
) -> None:
    told = Told()
    async with talker(tmp_path, Account(), told) as mouth:
        for character in ("a", "。", "\0", "<", "1", "😀"):
            with pytest.raises(Unavailable, match=f"{LONGEST} characters"):
                mouth.speech.say(character * (10 << 20))
        mouth.speech.say("Short.")
        await mouth.settled()
    assert told.last == "Short."


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
