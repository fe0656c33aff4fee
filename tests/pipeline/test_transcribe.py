import trio

from agent.errors import Refused, Unavailable
from agent.events import (
    Dismissed,
    Event,
    Heard,
    Overheard,
    SpeechEnded,
    SpeechStarted,
    Unheard,
)
from agent.pipeline import Sound
from agent.pipeline.transcribe import transcribe
from agent.ports import Transcriber
from tests import fakes
from tests.fakes import Failing, Typist


def utterance(turn: int, *words: bytes) -> list[Sound]:
    return [SpeechStarted(turn), *words, SpeechEnded(turn, 1, 0.64)]


async def understood(
    sounds: list[Sound], *ears: Transcriber, min_confidence: float = 0
) -> tuple[list[Heard], list[Event]]:
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Sound](99)
    for sound in sounds:
        send.send_nowait(sound)
    send.close()
    send_heard, heard = trio.open_memory_channel[Heard](99)
    with send_heard:
        await transcribe(
            receive,
            fakes.ears(*ears),
            send_heard,
            events.append,
            min_confidence=min_confidence,
        )
    return [said async for said in heard], events


async def test_each_utterance_becomes_words_in_order() -> None:
    sounds = [*utterance(1, b"turn on ", b"the light"), *utterance(2, b" thanks ")]
    heard, events = await understood(sounds, Typist())
    assert heard == [
        Heard(1, "turn on the light", "typist", language="en"),
        Heard(2, "thanks", "typist", language="en"),
    ]
    assert [event for event in events if isinstance(event, Heard)] == heard


async def test_partial_transcripts_are_told_while_the_user_still_speaks() -> None:
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Sound](0)
    send_heard, heard = trio.open_memory_channel[Heard](9)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            transcribe, receive, fakes.ears(Typist()), send_heard, events.append
        )
        for sound in utterance(1, b"turn ", b"on")[:-1]:
            await send.send(sound)
            await trio.testing.wait_all_tasks_blocked()
        assert events == [
            Overheard(1, "turn ", "typist"),
            Overheard(1, "turn on", "typist"),
        ]
        assert heard.statistics().current_buffer_used == 0
        send.close()


async def test_what_one_engine_cannot_hear_the_next_hears_whole() -> None:
    away = Failing("whisper", Unavailable("connection lost"))
    heard, _ = await understood(utterance(1, b"one ", b"two"), away, Typist())
    assert heard == [Heard(1, "one two", "typist", language="en")]


async def test_what_nobody_can_hear_is_told_and_the_next_is_tried() -> None:
    deaf = Failing("moonshine", Refused("English only"))
    heard, events = await understood(
        [*utterance(1, b"un"), *utterance(2, b"deux")], deaf
    )
    assert heard == []
    assert [event.turn for event in events if isinstance(event, Unheard)] == [1, 2]
    assert Unheard(1, "moonshine: English only") in events


async def test_a_sound_that_was_no_speech_is_no_turn() -> None:
    sounds: list[Sound] = [SpeechStarted(1), b"hm", Dismissed(1, "too short")]
    heard, _ = await understood(sounds, Typist())
    assert heard == []
    heard, events = await understood(utterance(1, b" ... "), Typist())
    assert heard == []
    assert events[-1] == Dismissed(1, "no words in it")


async def test_what_an_engine_is_not_sure_of_is_dismissed() -> None:
    heard, events = await understood(
        utterance(1, b"You"), Typist(confidence=0.29), min_confidence=0.3
    )
    assert heard == []
    assert events[-1] == Dismissed(1, "typist was only 29% sure that it was speech")
    heard, _ = await understood(
        utterance(1, b"You"), Typist(confidence=0.3), min_confidence=0.3
    )
    assert heard == [Heard(1, "You", "typist", language="en", confidence=0.3)]


async def test_a_start_without_an_end_does_not_hold_up_the_next() -> None:
    sounds: list[Sound] = [SpeechStarted(1), b"lost", *utterance(2, b"found")]
    heard, _ = await understood(sounds, Typist())
    assert [said.text for said in heard] == ["lost", "found"]
