from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import trio
from trio.testing import MockClock

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
from agent.pipeline.transcribe import Shelf, Understanding, transcribe
from agent.ports import Transcriber, Transcript, Utterance
from agent.sounds import Paused, Resumed
from agent.utterance import Recording
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
            Understanding(fakes.ears(*ears), min_confidence=min_confidence),
            send_heard,
            events.append,
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
            transcribe,
            receive,
            Understanding(fakes.ears(Typist())),
            send_heard,
            events.append,
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
    assert events[-1] == Dismissed(1, "typist: no words in it")


async def test_what_an_engine_is_not_sure_of_is_dismissed() -> None:
    heard, events = await understood(
        utterance(1, b"Yes"), Typist(confidence=0.29), min_confidence=0.3
    )
    assert heard == []
    assert events[-1] == Dismissed(1, "typist: only 29% sure that it was speech")
    heard, _ = await understood(
        utterance(1, b"Yes"), Typist(confidence=0.3), min_confidence=0.3
    )
    assert heard == [Heard(1, "Yes", "typist", language="en", confidence=0.3)]


async def test_a_start_without_an_end_does_not_hold_up_the_next() -> None:
    sounds: list[Sound] = [SpeechStarted(1), b"lost", *utterance(2, b"found")]
    heard, _ = await understood(sounds, Typist())
    assert [said.text for said in heard] == ["lost", "found"]


class Slowly:
    """A typist who takes *seconds* to find the final text."""

    name = "slowly"

    def __init__(self, seconds: float = 0.1) -> None:
        self._seconds = seconds
        self.begun = 0
        self.finals: list[str] = []

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        self.begun += 1
        said = b""
        async for chunk in utterance.chunks():
            said += chunk
            partial(said.decode())
        await trio.sleep(self._seconds)
        self.finals.append(said.decode())
        return Transcript(said.decode(), "en")


class Reader:
    """An endpoint policy that knows one sentence."""

    def hangover_ms(self, text: str, language: str | None) -> float | None:
        return 400 if text == "turn on the light" else None


class Talk(msgspec.Struct):
    """Someone talking to the stage, step by step in virtual time."""

    sounds: trio.MemorySendChannel[Sound]
    heard: trio.MemoryReceiveChannel[Heard]
    events: list[Event]
    decided: list[tuple[int, float]]

    async def say(self, *sounds: Sound, then: float = 0.0) -> None:
        for sound in sounds:
            await self.sounds.send(sound)
        await trio.sleep(then)
        await trio.testing.wait_all_tasks_blocked()

    def told(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Overheard)]


@asynccontextmanager
async def talking(
    *ears: Transcriber, shelf: Shelf | None = None
) -> AsyncIterator[Talk]:
    to_stage, sounds = trio.open_memory_channel[Sound](0)
    send_heard, heard = trio.open_memory_channel[Heard](9)
    talk = Talk(to_stage, heard, [], [])
    understanding = Understanding(
        fakes.ears(*ears),
        Reader(),
        lambda pause, ms: talk.decided.append((pause, ms)),
        shelf,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            transcribe, sounds, understanding, send_heard, talk.events.append
        )
        yield talk
        to_stage.close()
    send_heard.close()


async def test_the_text_is_ready_when_the_pause_turns_out_to_be_the_end(
    autojump_clock: MockClock,
) -> None:
    ear = Slowly()
    async with talking(ear) as talk:
        await talk.say(SpeechStarted(1), b"turn on ", b"the light", Paused(1), then=0.2)
        assert ear.finals == ["turn on the light"]
        assert talk.heard.statistics().current_buffer_used == 0
        before = trio.current_time()
        await talk.say(b"...", SpeechEnded(1, 1, 0.4))
        assert talk.heard.receive_nowait().text == "turn on the light"
        assert trio.current_time() == before
    assert ear.begun == 1


async def test_it_is_thrown_away_when_speech_goes_on(autojump_clock: MockClock) -> None:
    ear = Slowly()
    async with talking(ear) as talk:
        await talk.say(SpeechStarted(1), b"turn on", Paused(1), then=0.5)
        await talk.say(b" ", Resumed(), b"the light", Paused(2), then=0.5)
        await talk.say(SpeechEnded(1, 1, 0.4))
        assert talk.heard.receive_nowait().text == "turn on the light"
    assert ear.finals == ["turn on", "turn on the light"]


async def test_so_it_is_while_it_is_being_worked_out(autojump_clock: MockClock) -> None:
    ear = Slowly(10)
    async with talking(ear) as talk:
        await talk.say(SpeechStarted(1), b"turn on", Paused(1), then=0.5)
        await talk.say(b" ", Resumed(), b"the light", SpeechEnded(1, 1, 0.4), then=11)
        assert talk.heard.receive_nowait().text == "turn on the light"
    assert ear.finals == ["turn on the light"]


async def test_what_reads_as_complete_ends_the_pause_early(
    autojump_clock: MockClock,
) -> None:
    async with talking(Slowly()) as talk:
        await talk.say(SpeechStarted(1), b"turn on", Paused(1), then=0.5)
        assert talk.decided == []
        await talk.say(b" ", Resumed(), b"the light", Paused(2), then=0.5)
        assert talk.decided == [(2, 400)]
        await talk.say(SpeechEnded(1, 1, 0.4))


async def test_a_slow_recogniser_is_asked_once_and_its_partial_text_is_weighed(
    autojump_clock: MockClock,
) -> None:
    ear = Slowly(3)
    async with talking(ear) as talk:
        await talk.say(*utterance(1, b"one"), then=4)
        await talk.say(SpeechStarted(2), b"turn on ", Paused(1), then=1)
        await talk.say(Resumed(), b"the light", Paused(2), then=1)
        assert talk.decided == [(2, 400)]
        await talk.say(SpeechEnded(2, 1, 0.4), then=4)
    assert ear.begun == 2


async def test_partial_texts_do_not_shrink_when_it_is_read_again(
    autojump_clock: MockClock,
) -> None:
    async with talking(Typist()) as talk:
        await talk.say(SpeechStarted(1), b"turn ", b"on", Paused(1))
        await talk.say(b" ", Resumed(), b"the light")
        await talk.say(SpeechEnded(1, 1, 0.4))
        told = talk.told()
        assert told[-1] == "turn on the light"
        assert told == sorted(told, key=len)


class Wavering(Slowly):
    """A typist who first types too much."""

    async def transcribe(
        self, utterance: Utterance, partial: Callable[[str], None]
    ) -> Transcript:
        partial("turn on and on and on")
        return await super().transcribe(utterance, partial)


async def test_a_partial_text_may_be_taken_back_while_it_is_first_read(
    autojump_clock: MockClock,
) -> None:
    async with talking(Wavering()) as talk:
        await talk.say(SpeechStarted(1), b"turn on", then=1)
        assert talk.told() == ["turn on and on and on", "turn on"]
        await talk.say(SpeechEnded(1, 1, 0.4))


async def test_a_pause_in_which_nobody_can_hear_is_waited_out(
    autojump_clock: MockClock,
) -> None:
    away = Failing("whisper", Unavailable("connection lost"))
    async with talking(away) as talk:
        await talk.say(SpeechStarted(1), b"turn on", Paused(1), then=1)
        assert not any(isinstance(event, Unheard) for event in talk.events)
        await talk.say(Resumed(), b" the light", SpeechEnded(1, 1, 0.4))
        assert [e.turn for e in talk.events if isinstance(e, Unheard)] == [1]


class Cupboard:
    """A shelf in memory with room for *room* utterances."""

    def __init__(self, room: int = 9) -> None:
        self.room = room
        self.kept: list[bytes] = []

    @property
    def empty(self) -> bool:
        return not self.kept

    async def keep(self, recording: Recording) -> None:
        await trio.lowlevel.checkpoint()
        if len(self.kept) == self.room:
            raise Refused("the shelf is full")
        self.kept.append(recording.pcm)


async def test_what_nobody_can_hear_is_kept_and_later_speech_behind_it(
    autojump_clock: MockClock,
) -> None:
    away, shelf = Failing("whisper", Unavailable("connection lost")), Cupboard()
    async with talking(away, shelf=shelf) as talk:
        await talk.say(*utterance(1, b"one"), *utterance(2, b"two"))
    assert shelf.kept == [b"one", b"two"]
    assert away.calls == 1
    assert [event for event in talk.events if isinstance(event, Unheard)] == [
        Unheard(1, "whisper: connection lost", kept=True),
        Unheard(2, "earlier speech still waits to be transcribed", kept=True),
    ]


async def test_a_full_shelf_is_told(autojump_clock: MockClock) -> None:
    away = Failing("whisper", Unavailable("connection lost"))
    async with talking(away, shelf=Cupboard(room=0)) as talk:
        await talk.say(*utterance(1, b"one"))
    assert talk.events[-1] == Unheard(
        1, "whisper: connection lost; the shelf is full", kept=False
    )


async def test_what_was_no_speech_is_not_kept(autojump_clock: MockClock) -> None:
    away, shelf = Failing("whisper", Unavailable("connection lost")), Cupboard()
    async with talking(away, shelf=shelf) as talk:
        await talk.say(SpeechStarted(1), b"hm", Dismissed(1, "too short"))
    assert shelf.empty
    assert not any(isinstance(event, Unheard) for event in talk.events)
