from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio
from trio.testing import MockClock

from agent.app.attendant import Attendant
from agent.config.settings import Conversation, Mode
from agent.core.endpoint import Endpointer, Rules
from agent.events import (
    Entry,
    Event,
    Heard,
    QuotaSpent,
    Silent,
    SpeechStarted,
    Unspoken,
)
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline.speech import Manner, Speech
from agent.sounds import Begun, Ended
from agent.speaking.earcons import RATE, earcon


class House(msgspec.Struct):
    """An attendant, what it orders, and what it has said."""

    happen: trio.MemorySendChannel[Entry]
    orders: Orders
    speech: Speech
    ear: Endpointer

    async def sees(self, event: Event) -> None:
        await self.happen.send(Entry(0.0, "s", event))
        await trio.testing.wait_all_tasks_blocked()

    def carried_out(self) -> list[object]:
        return [type(sound) for sound in self.orders.carried_out(self.ear)]

    def tones(self) -> list[tuple[bytes, int] | None]:
        return [part.tone for item in self.speech.agenda.items for part in item.parts]


@asynccontextmanager
async def house(
    mode: Mode = "ptt", *, audible: bool = True, follow_up: float = 8.0
) -> AsyncIterator[House]:
    orders, events = Orders(), list[Event]()
    speech = Speech(Floor(), events.append, Manner())
    settings = Conversation(follow_up=follow_up)
    attendant = Attendant(settings, speech, orders, lambda: mode, audible=audible)
    send, receive = trio.open_memory_channel[Entry](0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attendant.follow, receive)
        async with send:
            yield House(send, orders, speech, Endpointer(Rules(), 32, mode))
        nursery.cancel_scope.cancel()


async def test_after_a_question_the_microphone_stays_open_for_a_while(
    autojump_clock: MockClock,
) -> None:
    async with house() as at:
        await at.sees(Silent(1, asks=True))
        assert at.carried_out() == [Begun]
        await trio.sleep(7.9)
        assert at.carried_out() == []
        await trio.sleep(0.2)
        assert at.carried_out() == [Ended]


async def test_whoever_answers_in_time_is_not_cut_off(
    autojump_clock: MockClock,
) -> None:
    async with house() as at:
        await at.sees(Silent(1, asks=True))
        at.carried_out()
        await at.sees(SpeechStarted(2))
        await trio.sleep(60)
        assert not at.orders


async def test_where_it_is_always_open_nothing_has_to_be_opened() -> None:
    for mode, follow_up in (("voice", 8.0), ("ptt", 0.0)):
        async with house(mode, follow_up=follow_up) as at:  # type: ignore[arg-type] # a Mode
            await at.sees(Silent(1, asks=True))
            assert not at.orders


async def test_an_answer_that_asks_nothing_closes_it() -> None:
    async with house() as at:
        await at.sees(Silent(1))
        assert not at.orders


async def test_what_was_heard_and_what_failed_have_sounds() -> None:
    async with house("voice") as at:
        await at.sees(Heard(1, "hello", "moonshine"))
        assert at.tones() == [(earcon("thinking"), RATE)]
    async with house("voice") as at:
        await at.sees(Unspoken(1, "hello", "interrupted"))
        assert at.tones() == []
        await at.sees(Unspoken(1, "hello", "pico: no files"))
        assert at.tones() == [(earcon("error"), RATE)]


async def test_a_file_gets_none() -> None:
    async with house("voice", audible=False) as at:
        await at.sees(Heard(1, "hello", "moonshine"))
        assert at.tones() == []


async def test_a_plan_that_is_used_up_is_told_with_its_reset() -> None:
    async with house() as at:
        await at.sees(QuotaSpent(1_798_761_600.0))
        (waiting,) = at.speech.waiting
        assert waiting.text == "My usual voice has used up its plan until January 1."


def test_attending_begins_and_ends_without_a_word() -> None:
    ear = Endpointer(Rules(), 32, "ptt")
    assert [type(s) for s in ear.attend()] == [Begun]
    assert ear.attend() == ()
    (ended,) = ear.give_up()
    assert isinstance(ended, Ended)
    assert not ended.voiced
    assert ear.give_up() == ()
