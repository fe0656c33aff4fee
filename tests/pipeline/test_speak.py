from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.errors import Refused, Unavailable
from agent.events import (
    Event,
    Lost,
    Ready,
    RungChanged,
    Silent,
    Sounding,
    Spoken,
    Unspoken,
    VoiceBegun,
    Yielded,
)
from agent.floor import Floor
from agent.pipeline import Line
from agent.pipeline.outlet import ECHO_TAIL
from agent.pipeline.speak import Speaking, speak
from agent.pipeline.speech import Manner, Speech
from agent.ports import Passage, Voice
from tests import fakes
from tests.fakes import AsItIs, Failing, Letters, Mouth


def talking(
    mouth: Mouth, floor: Floor, events: list[Event], *voices: Voice
) -> Speaking:
    speech = Speech(floor, events.append, Manner())
    ladder = fakes.voices(*voices or (Letters(),))
    return Speaking(speech, ladder, mouth, floor, AsItIs)


async def spoken(
    lines: list[Line], mouth: Mouth, *voices: Voice, floor: Floor | None = None
) -> list[Event]:
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Line](99)
    for line in lines:
        send.send_nowait(line)
    send.close()
    tools = talking(mouth, floor or Floor(), events, *voices)
    await speak(receive, tools, events.append)
    return [event for event in events if not isinstance(event, Silent)]


async def test_lines_are_said_in_order_and_each_is_told(
    autojump_clock: MockClock,
) -> None:
    mouth = Mouth()
    events = await spoken([Line(1, "ab"), Line(1, "c"), Line(2, "d")], mouth)
    assert mouth.said == "abcd"
    assert events == [
        VoiceBegun(1, "letters"), Sounding(1), Spoken(1, "ab", "letters", 2),
        VoiceBegun(1, "letters"), Spoken(1, "c", "letters", 1),
        VoiceBegun(2, "letters"), Sounding(2), Spoken(2, "d", "letters", 1),
    ]  # fmt: skip


async def test_the_speaker_opens_while_the_voice_still_thinks(
    autojump_clock: MockClock,
) -> None:
    mouth, events = Mouth(), list[Event]()
    away, voice = Failing("away", Unavailable("no route to host")), Letters()
    tools = talking(mouth, Floor(), events, away, voice)
    tools.voices.rungs[0].guard.absent = True
    tools.speech.say("abc")
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak, lines, tools, events.append)
        await trio.sleep(0.5)
        assert (mouth.prepared, mouth.said) == ([voice.rate], "")
        send.close()


async def test_the_user_can_interrupt(autojump_clock: MockClock) -> None:
    floor, mouth, events = Floor(barge_in=True), Mouth(), list[Event]()
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak, lines, talking(mouth, floor, events), events.append)
        with send:
            await send.send(Line(0, "abc"))
            await send.send(Line(0, "never heard"))
            await trio.sleep(1.5)
            floor.yield_to_user(1)
            await send.send(Line(1, "d"))
    assert mouth.said == "ad"
    assert mouth.silenced == 1
    assert [e for e in events if isinstance(e, Unspoken)] == [
        Unspoken(0, "abc", "interrupted"),
        Unspoken(0, "never heard", "interrupted"),
    ]
    assert not floor.ours


async def test_we_keep_the_floor_until_the_room_is_quiet(
    autojump_clock: MockClock,
) -> None:
    floor, mouth = Floor(), Mouth(audible=True)
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        events = list[Event]()
        nursery.start_soon(speak, lines, talking(mouth, floor, events), events.append)
        await send.send(Line(0, "ab"))
        await trio.sleep(2 + ECHO_TAIL / 2)
        assert mouth.drained
        assert floor.ours
        await trio.sleep(ECHO_TAIL)
        assert not floor.ours
        send.close()


async def test_a_file_needs_no_quiet_room(autojump_clock: MockClock) -> None:
    await spoken([Line(1, "a")], Mouth())
    assert trio.current_time() == 1


async def test_the_next_voice_says_what_the_first_could_not_begin(
    autojump_clock: MockClock,
) -> None:
    mouth = Mouth()
    away = Failing("elevenlabs", Unavailable("quota"))
    events = await spoken([Line(1, "ab")], mouth, away, Letters("pico"))
    assert mouth.said == "ab"
    assert events[-1] == Spoken(1, "ab", "pico", 2)


async def test_a_sentence_that_breaks_off_is_not_begun_again(
    autojump_clock: MockClock,
) -> None:
    mouth = Mouth()
    breaking = Letters("elevenlabs", breaks_after=2)
    events = await spoken(
        [Line(1, "abcd"), Line(1, "e")], mouth, breaking, Letters("pico")
    )
    assert mouth.said == "abe"
    assert Unspoken(1, "abcd", "cut short: the voice broke") in events


async def test_without_any_voice_the_text_is_told_as_unspoken(
    autojump_clock: MockClock,
) -> None:
    mouth = Mouth()
    dumb = Failing("pico", Unavailable("its files are missing"))
    assert await spoken([Line(1, "ab")], mouth, dumb) == [
        Unspoken(1, "ab", "pico: its files are missing")
    ]


@pytest.mark.parametrize("problem", [Unavailable("unplugged"), Refused("busy")])
async def test_a_lost_speaker_is_told_once_and_its_return_too(
    autojump_clock: MockClock, problem: Unavailable | Refused
) -> None:
    mouth, floor, events = Mouth(fails=problem), Floor(), list[Event]()
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak, lines, talking(mouth, floor, events), events.append)
        with send:
            await send.send(Line(1, "a"))
            await send.send(Line(1, "b"))
            await trio.sleep(5)
            mouth.fails = None
            await send.send(Line(2, "c"))
    health = [event for event in events if isinstance(event, Lost | Ready)]
    assert health == [
        Lost("speaker", str(problem), retry_in=0),
        Ready("speaker", "mouth"),
    ]
    assert mouth.said == "c"


class Room(msgspec.Struct):
    """Someone who speaks, and all that can be done about it."""

    speech: Speech
    floor: Floor
    mouth: Mouth
    events: list[Event]

    def kinds(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@asynccontextmanager
async def room(*voices: Voice, barge_in: bool = True) -> AsyncIterator[Room]:
    floor, mouth, events = Floor(barge_in=barge_in), Mouth(), list[Event]()
    tools = talking(mouth, floor, events, *voices)
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(speak, lines, tools, events.append)
        with send:
            yield Room(tools.speech, floor, mouth, events)


async def test_an_alert_interrupts_and_the_sentence_is_said_again(
    autojump_clock: MockClock,
) -> None:
    async with room() as at:
        at.speech.say("A sentence that is cut. And the one after it.")
        await trio.sleep(3.5)
        at.speech.say("FIRE", "alert")
        await trio.sleep(200)
    assert at.mouth.said == "A sFIREA sentence that is cut.And the one after it."
    assert not at.kinds(Unspoken)


async def test_the_next_sentence_is_there_when_it_is_its_turn(
    autojump_clock: MockClock,
) -> None:
    async with room() as at:
        at.speech.say("Twenty characters are. Also long enough to be one.")
        await trio.sleep(30)  # one after the other they would take 50 s
        assert len(at.kinds(Spoken)) == 2


async def test_a_cough_holds_us_up_and_costs_nothing(autojump_clock: MockClock) -> None:
    async with room() as at:
        at.speech.say("abcdef")
        await trio.sleep(2.5)
        at.floor.suspect(1)
        await trio.sleep(0.3)
        assert at.kinds(Yielded) == [Yielded(0)]
        at.floor.ended()
        at.floor.acquit(1)
        await trio.sleep(60)
    assert at.mouth.said == "abcdef"
    assert at.kinds(Yielded) == [Yielded(0), Yielded(0, resumed=True)]


async def test_what_the_speaker_gives_back_is_played_again(
    autojump_clock: MockClock,
) -> None:
    async with room() as at:
        at.mouth.unsounded = 1.0  # one letter
        at.speech.say("abcdef")
        await trio.sleep(2.5)
        at.floor.pause(on=True)
        await trio.sleep(5)
        assert at.mouth.said == "ab"
        at.floor.pause(on=False)
        await trio.sleep(60)
    assert at.mouth.said == "abbcdef"


async def test_skip_goes_on_with_the_next_text(autojump_clock: MockClock) -> None:
    async with room() as at:
        at.speech.say("abcdef")
        at.speech.say("xyz")
        await trio.sleep(2.5)
        assert at.speech.skip()
        await trio.sleep(60)
        assert not at.speech.skip()
    assert at.mouth.said == "abxyz"
    assert at.kinds(Unspoken) == [Unspoken(0, "abcdef", "skipped")]


async def test_stop_says_nothing_more(autojump_clock: MockClock) -> None:
    async with room() as at:
        at.speech.say("abcdef")
        at.speech.say("xyz")
        await trio.sleep(2.5)
        at.speech.stop()
        await trio.sleep(60)
        at.speech.say("later")
        await trio.sleep(60)
    assert at.mouth.said == "ablater"


async def test_what_comes_after_a_stop_is_said(autojump_clock: MockClock) -> None:
    async with room() as at:
        at.speech.stop()
        at.speech.say("later", "reply")
        await trio.sleep(60)
    assert at.mouth.said == "later"


async def test_an_announcement_outlives_the_turn_that_it_waited_through(
    autojump_clock: MockClock,
) -> None:
    async with room() as at:
        at.speech.say("abcd")
        await trio.sleep(1.5)
        at.floor.suspect(1)
        at.floor.yield_to_user(1)
        await trio.sleep(60)
        assert at.mouth.said == "a"
        at.floor.ended()
        await trio.sleep(60)
    assert at.mouth.said == "abcd"


async def test_what_is_said_and_waits_can_be_seen(autojump_clock: MockClock) -> None:
    async with room() as at:
        at.speech.say("abcd")
        at.speech.say("later", "background")
        await trio.sleep(1.5)
        assert [
            (each.text, each.priority, each.said) for each in at.speech.waiting
        ] == [
            ("abcd", "announcement", True),
            ("later", "background", False),
        ]
        await trio.sleep(60)
        assert at.speech.waiting == ()


async def test_a_change_of_voice_is_told_and_so_is_its_return(
    autojump_clock: MockClock,
) -> None:
    away = Failing("elevenlabs", Unavailable("away"))

    class Coming(Letters):
        @trio.as_safe_channel
        async def speak(self, passage: Passage) -> AsyncGenerator[bytes, None]:
            engine = away if away.calls == 0 else self
            async with (
                Letters.speak(self, passage)
                if engine is self
                else away.speak(passage) as sound
            ):
                async for pcm in sound:
                    yield pcm

    async with room(Coming("elevenlabs"), Letters("pico")) as at:
        for text in ("a", "b"):
            at.speech.say(text)
            await trio.sleep(60)
    assert at.kinds(RungChanged) == [
        RungChanged("pico", "elevenlabs", "away"),
        RungChanged("elevenlabs", "pico"),
    ]


async def test_the_end_of_all_sound_is_told_with_whether_it_asks(
    autojump_clock: MockClock,
) -> None:
    async with room() as at:
        for text in ("Yes.", "Or what?"):
            at.speech.say(text)
            await trio.sleep(60)
    assert at.kinds(Silent) == [Silent(0), Silent(0, asks=True)]


async def test_what_is_written_is_read_aloud_and_told_as_it_was_written(
    autojump_clock: MockClock,
) -> None:
    mouth, events = Mouth(), list[Event]()
    send, receive = trio.open_memory_channel[Line](9)
    for text in ("$5", "*", "ok"):
        send.send_nowait(Line(1, text))
    send.close()
    tools = msgspec.structs.replace(
        talking(mouth, Floor(), events),
        readable=lambda text: text.replace("$5", "five").strip("*"),
    )
    await speak(receive, tools, events.append)
    assert mouth.said == "fiveok"
    told = [event for event in events if isinstance(event, Spoken | Unspoken)]
    assert told == [
        Spoken(1, "$5", "letters", 4),
        Unspoken(1, "*", "there is no word in it"),
        Spoken(1, "ok", "letters", 2),
    ]


async def test_a_book_that_is_dropped_is_told_whole_and_does_not_flood_who_watches(
    autojump_clock: MockClock,
) -> None:
    events = list[Event]()
    floor = Floor()
    speech = Speech(floor, events.append, Manner())
    for n in range(10_000):
        speech.line(Line(0, f"Sentence {n}."))
    speech.stop()
    told = [event for event in events if isinstance(event, Unspoken)]
    assert len(told) < 200
    book = " ".join(f"Sentence {n}." for n in range(10_000))
    assert " ".join(event.text for event in told) == book
    assert not speech.agenda
