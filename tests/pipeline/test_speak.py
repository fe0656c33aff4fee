import pytest
import trio
from trio.testing import MockClock

from agent.errors import Refused, Unavailable
from agent.events import (
    Event,
    Lost,
    Ready,
    Sounding,
    Spoken,
    Unspoken,
    VoiceBegun,
)
from agent.floor import Floor
from agent.pipeline import Line
from agent.pipeline.speak import ECHO_TAIL, speak
from agent.ports import Voice
from tests import fakes
from tests.fakes import Failing, Letters, Mouth


async def spoken(
    lines: list[Line], mouth: Mouth, *voices: Voice, floor: Floor | None = None
) -> list[Event]:
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Line](99)
    for line in lines:
        send.send_nowait(line)
    send.close()
    await speak(
        receive,
        fakes.voices(*voices or (Letters(),)),
        mouth,
        floor or Floor(),
        events.append,
    )
    return events


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


async def test_the_user_can_interrupt(autojump_clock: MockClock) -> None:
    floor, mouth, events = Floor(barge_in=True), Mouth(), list[Event]()
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            speak, lines, fakes.voices(Letters()), mouth, floor, events.append
        )
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
        Unspoken(0, "never heard", "the conversation moved on"),
    ]
    assert not floor.ours


async def test_we_keep_the_floor_until_the_room_is_quiet(
    autojump_clock: MockClock,
) -> None:
    floor, mouth = Floor(), Mouth(audible=True)
    send, lines = trio.open_memory_channel[Line](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            speak, lines, fakes.voices(Letters()), mouth, floor, list[Event]().append
        )
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
        nursery.start_soon(
            speak, lines, fakes.voices(Letters()), mouth, floor, events.append
        )
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
