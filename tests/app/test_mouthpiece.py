"""Who speaks when ElevenLabs cannot be reached, and from when on it does again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from trio.testing import MockClock

from agent.app.mouthpiece import KNOCK_EVERY, knocking
from agent.config import Config
from agent.config.settings import Secret, Tts
from agent.core.breaker import Breaker
from agent.events import Event, Lost, Ready, RungChanged, Spoken
from agent.floor import Floor
from agent.guard import Guard
from agent.ladder import Ladder, Rung
from agent.pipeline import Line
from agent.pipeline.knocking import knock_while_absent
from agent.pipeline.speak import Speaking, speak
from agent.pipeline.speech import Manner, Speech
from agent.ports import Voice
from tests.fakes import AsItIs, Letters, Mouth
from tests.speaking.elevenlabs import opened
from tests.standins.elevenlabs.account import Account
from tests.standins.elevenlabs.server import Server


@pytest.fixture
def hasty_clock() -> MockClock:
    """Skips only waits that outlast what may still be under way on loopback."""
    return MockClock(autojump_threshold=0.02)


class Speaker(Mouth):
    """Takes any sound."""

    async def play(self, pcm: bytes, rate: int) -> None:
        await trio.lowlevel.checkpoint()


class Room:
    """Says sentences, and tells who spoke."""

    def __init__(self, server: Server, voice: Voice, chance: float) -> None:
        self.server = server
        self.events: list[Event] = []
        self.guard = Guard(voice.name, self.publish, Breaker(), lambda: chance)
        pico, spare = Letters("pico"), Guard("pico", self.publish, Breaker())
        self.ladder = Ladder[Voice]([Rung(voice, self.guard), Rung(pico, spare)])
        floor = Floor()
        speech = Speech(floor, self.publish, Manner())
        self.tools = Speaking(speech, self.ladder, Speaker(), floor, AsItIs)
        self.lines, self.heard = trio.open_memory_channel[Line](9)
        self._turn = 0
        self._tell, self._spoken = trio.open_memory_channel[Spoken](9)

    def publish(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Spoken):
            self._tell.send_nowait(event)

    async def spoken_by(self) -> str:
        """Who says the next sentence."""
        self._turn += 1
        await self.lines.send(Line(self._turn, "h"))
        return (await self._spoken.receive()).voice


@asynccontextmanager
async def talking(transport: str) -> AsyncIterator[Room]:
    async with trio.open_nursery() as nursery:
        server = Server(Account(), nursery)
        await server.come()
        settings = Tts(api_key=Secret("any"), base_url=server.url)
        how = knocking(Config(tts=settings))
        async with opened(server.url, transport=transport) as voice:
            room = Room(server, voice, chance=0.5)
            nursery.start_soon(knock_while_absent, room.ladder, how)
            say = partial(speak, room.heard, room.tools, room.publish)
            nursery.start_soon(say)
            yield room
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("transport", ["http", "websocket"])
async def test_elevenlabs_speaks_again_soon_after_it_can_be_reached_however_long_it_was_to_rest(
    transport: str, hasty_clock: MockClock
) -> None:
    async with talking(transport) as room:
        assert await room.spoken_by() == "elevenlabs"
        room.server.go()
        while room.guard.retry_in < 100:
            assert await room.spoken_by() == "pico"
            await trio.sleep(10)
        asked = len(room.server.account.asked)
        await room.server.come()
        await trio.sleep(1.5 * KNOCK_EVERY)
        assert len(room.server.account.asked) == asked
        assert await room.spoken_by() == "elevenlabs"
    health = [e for e in room.events if isinstance(e, (Lost, Ready))]
    about = [type(event) for event in health if event.name == "elevenlabs"]
    assert about == [Ready, Lost, Ready]
    changes = [e.voice for e in room.events if isinstance(e, RungChanged)]
    assert changes == ["pico", "elevenlabs"]
