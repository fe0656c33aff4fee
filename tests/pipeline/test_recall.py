import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.app.recalling import keep_recalling
from agent.app.session import open_session
from agent.config import Config
from agent.errors import AgentError, Refused, Unavailable
from agent.events import Dismissed, Entry, Event, Heard, Lost, Ready, Unheard
from agent.hub import Hub
from agent.pipeline.recall import Recalling, recall, wake_when_back
from agent.ports import Transcriber, Transcript, Utterance
from agent.record.spool import Note
from tests import fakes
from tests.fakes import Failing, Typist

SAID = 1_795_435_200.0


class Drawer:
    """A spool in memory, where every step takes 10 ms."""

    def __init__(self, *said: str, session: str = "now") -> None:
        self.speech = {
            Note(f"{n}", n, session, SAID + n): text.encode()
            for n, text in enumerate(said, 1)
        }
        self.fails: dict[str, AgentError] = {}

    async def filled(self) -> None:
        await trio.sleep(0.01 if self.speech else float("inf"))

    async def waiting(self) -> list[Note]:
        await trio.sleep(0.01)
        return list(self.speech)

    async def load(self, note: Note) -> bytes:
        await trio.sleep(0.01)
        if note.id in self.fails:
            raise self.fails[note.id]
        return self.speech[note]

    async def forget(self, note: Note) -> None:
        await trio.sleep(0.01)
        self.speech.pop(note, None)
        await trio.sleep(0.01)


class Mind:
    """Takes turns in as thinking does: the next when the last is on disk."""

    def __init__(self) -> None:
        self.written: list[Heard] = []

    async def take_in(self, heard: trio.MemoryReceiveChannel[Heard]) -> None:
        async for turn in heard:
            await trio.sleep(0.03)
            self.written.append(turn)


class Life(msgspec.Struct):
    """All that recalling has to do with; the ears may be changed."""

    spool: Drawer
    mind: Mind = msgspec.field(default_factory=Mind)
    events: list[Event] = []
    number: Callable[[], int] = lambda: 99
    chance: Callable[[], float] = lambda: 1.0

    async def go_on(
        self,
        seconds: float,
        *ears: Transcriber,
        wake: trio.MemoryReceiveChannel[None] | None = None,
    ) -> None:
        """Then the program is killed."""
        send, receive = trio.open_memory_channel[Heard](8)
        told, nothing = trio.open_memory_channel[None](1)
        ladder = fakes.ears(*ears)
        needs = Recalling(
            self.spool, ladder, "now", self.number, 0.4, chance=self.chance
        )
        with trio.move_on_after(seconds), told:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.mind.take_in, receive)
                await recall(wake or nothing, needs, send, self.events.append)


async def test_it_is_heard_in_order_with_the_time_at_which_it_was_said(
    autojump_clock: MockClock,
) -> None:
    life = Life(Drawer("one", " two "))
    await life.go_on(10, Typist(confidence=0.9))
    expected = [
        Heard(1, "one", "typist", "voice", "en", 0.9, said_at=SAID + 1),
        Heard(2, "two", "typist", "voice", "en", 0.9, said_at=SAID + 2),
    ]
    assert life.mind.written == expected
    assert life.events == expected
    assert life.spool.speech == {}


async def test_that_of_an_earlier_session_gets_turns_of_this_one(
    autojump_clock: MockClock,
) -> None:
    life = Life(Drawer("one", "two", session="before"), number=iter([7, 8]).__next__)
    await life.go_on(10, Failing("away", Unavailable("gone")), Typist())
    assert [(turn.turn, turn.text) for turn in life.mind.written] == [
        (7, "one"),
        (8, "two"),
    ]


async def test_it_is_tried_for_ever_with_pauses_that_grow_to_half_a_minute(
    autojump_clock: MockClock,
) -> None:
    tried: list[float] = []

    class Deaf(Typist):
        async def transcribe(
            self, utterance: Utterance, partial: Callable[[str], None]
        ) -> Transcript:
            tried.append(round(trio.current_time() - began))
            if len(tried) < 300:
                raise Refused("not now")  # which opens no breaker
            return await super().transcribe(utterance, partial)

    began = trio.current_time()
    life = Life(Drawer("one", "two"))
    await life.go_on(10_000, Deaf())
    assert tried[:7] == [0, 2, 6, 14, 30, 60, 90]
    assert max(b - a for a, b in pairwise(tried)) <= 31
    assert [turn.text for turn in life.mind.written] == ["one", "two"]


async def test_the_pauses_are_jittered(autojump_clock: MockClock) -> None:
    away = Failing("away", Refused("not now"))
    await Life(Drawer("one"), chance=random.Random(1).random).go_on(3000, away)
    assert 150 < away.calls < 300


async def test_it_is_tried_at_once_when_an_ear_is_back(
    autojump_clock: MockClock,
) -> None:
    tell, wake = trio.open_memory_channel[None](1)
    away = Failing("away", Refused("not now"))
    with tell, wake:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: Life(Drawer("one")).go_on(41, away, wake=wake))
            await trio.sleep(40)
            assert away.calls == 5
            tell.send_nowait(None)
            await trio.sleep(0.5)
            assert away.calls == 6


async def test_the_news_that_an_ear_is_back_wakes_it(
    autojump_clock: MockClock,
) -> None:
    hub = Hub("now", trio.current_time)
    tell, wake = trio.open_memory_channel[None](1)
    away = Failing("whisperlivekit", Refused("not now"))
    with hub.watching() as entries, tell, wake:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wake_when_back, entries, {away.name}, tell)
            nursery.start_soon(lambda: Life(Drawer("one")).go_on(45, away, wake=wake))
            await trio.sleep(40)
            assert away.calls == 5  # the next attempt is due at 60 s
            hub.publish(Lost(away.name, "gone", retry_in=1))
            hub.publish(Ready("microphone"))
            await trio.sleep(1)
            assert away.calls == 5
            hub.publish(Ready(away.name))
            await trio.sleep(0.1)
            assert away.calls == 6
            nursery.cancel_scope.cancel()


async def test_one_that_is_back_in_the_middle_of_an_attempt_is_not_overlooked(
    autojump_clock: MockClock,
) -> None:
    tried: list[float] = []
    tell, wake = trio.open_memory_channel[None](1)
    send, entries = trio.open_memory_channel[Entry](9)

    class Slow(Typist):
        async def transcribe(
            self, utterance: Utterance, partial: Callable[[str], None]
        ) -> Transcript:
            tried.append(trio.current_time() - began)
            await trio.sleep(1)
            if len(tried) == 1:
                raise Unavailable("gone")
            return await super().transcribe(utterance, partial)

    began = trio.current_time()
    life = Life(Drawer("one"))
    with send, tell, wake:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wake_when_back, entries, {"typist"}, tell)
            nursery.start_soon(lambda: life.go_on(5, Slow(), wake=wake))
            await trio.sleep(0.5)
            for _ in range(3):
                send.send_nowait(Entry(0, "now", Ready("typist")))
            await trio.sleep(3)
            nursery.cancel_scope.cancel()
    assert tried == pytest.approx([0, 1], abs=0.1)
    assert [turn.text for turn in life.mind.written] == ["one"]


async def test_in_the_agent_it_is_told_by_the_hub(tmp_path: Path) -> None:
    """On the real clock: a session has threads. It would wait for two seconds."""
    tried = trio.Event()

    class Returning(Typist):
        async def transcribe(
            self, utterance: Utterance, partial: Callable[[str], None]
        ) -> Transcript:
            if not tried.is_set():
                tried.set()
                raise Unavailable("gone")
            return await super().transcribe(utterance, partial)

    ladder, config = fakes.ears(Returning()), Config()
    needs = Recalling(Drawer("one"), ladder, "now", lambda: 1, chance=lambda: 1.0)
    async with open_session(tmp_path, config) as session:
        send, turns = trio.open_memory_channel[Heard](1)
        async with send, turns, trio.open_nursery() as nursery:
            nursery.start_soon(keep_recalling, session, needs, {"typist"}, send)
            await tried.wait()
            session.hub.publish(Ready("typist"))
            with trio.fail_after(1):
                heard = await turns.receive()
            nursery.cancel_scope.cancel()
    assert heard.text == "one"


async def test_what_holds_no_words_is_dismissed(autojump_clock: MockClock) -> None:
    life = Life(Drawer("...", "yes"))
    await life.go_on(10, Typist(confidence=0.3))
    assert life.events == [
        Dismissed(1, "typist: no words in it"),
        Dismissed(2, "typist: only 30% sure that it was speech"),
    ]
    assert life.spool.speech == {}
    assert life.mind.written == []


async def test_what_someone_took_away_does_not_hold_up_the_rest(
    autojump_clock: MockClock,
) -> None:
    life = Life(Drawer("one", "two"))
    life.spool.fails["1"] = Refused("no longer there")
    await life.go_on(10, Typist())
    assert life.events[0] == Unheard(1, "no longer there")
    assert [turn.text for turn in life.mind.written] == ["two"]
    assert life.spool.speech == {}


async def test_a_disk_that_fails_is_waited_for(autojump_clock: MockClock) -> None:
    life = Life(Drawer("one"))
    life.spool.fails["1"] = Unavailable("input/output error")
    await life.go_on(100, Typist())
    assert life.events == []
    life.spool.fails.clear()
    await life.go_on(10, Typist())
    assert [turn.text for turn in life.mind.written] == ["one"]


async def test_what_cannot_be_forgotten_is_not_heard_again_and_again(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Stubborn(Drawer):
        async def forget(self, note: Note) -> None:
            await super().forget(note)
            raise Unavailable("read-only file system")

    life = Life(Stubborn("one", "two"))
    await life.go_on(10, Typist())
    assert [turn.text for turn in life.mind.written] == ["one", "two"]
    assert "read-only file system" in caplog.text


@pytest.mark.parametrize("killed_after", range(45))
async def test_whenever_it_is_killed_nothing_is_lost_and_one_at_most_is_repeated(
    killed_after: int, autojump_clock: MockClock
) -> None:
    said = ["one", "two", "three"]
    life = Life(Drawer(*said))
    await life.go_on(killed_after / 100 + 0.005, Typist())
    await life.go_on(10, Typist())
    written = [turn.text for turn in life.mind.written]
    assert [*dict.fromkeys(written)] == said
    assert len(written) <= len(said) + 1
    assert life.spool.speech == {}
