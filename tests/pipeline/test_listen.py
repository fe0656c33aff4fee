from collections.abc import Sequence

import pytest
import trio

from agent.errors import Unavailable
from agent.events import (
    AudioDropped,
    Dismissed,
    Event,
    Level,
    SpeechEnded,
    SpeechStarted,
)
from agent.floor import Floor
from agent.pipeline import Sound
from agent.pipeline.listen import AUDIO_ROOM, REALLY, SOUNDS_ROOM, Inlet, listen
from agent.ports import RATE
from agent.sounds import Begun, Ended, Insisted, Paused, Resumed, Stirred, Voiced
from agent.sounds import Sound as Found
from tests.fakes import Tape

ENDED = Ended(seconds=1, quiet=0.64)


class Script:
    """An ear that hears what its script says, a step a frame."""

    block = 1
    idle = True
    level = None

    def __init__(self, *steps: Sequence[Found]) -> None:
        self._steps = list(steps)
        self.rest: Sequence[Found] = ()

    def feed(self, frame: bytes) -> Sequence[Found]:
        return self._steps.pop(0)

    def load(self) -> None:
        """There is nothing to load."""

    def flush(self) -> Sequence[Found]:
        return self.rest


async def heard(
    tape: Tape, script: Script, room: int = 99, *, floor: Floor | None = None
) -> tuple[list[Sound], list[Event]]:
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Sound](room)
    try:
        await listen(tape, script, floor or Floor(), send, events.append)
    finally:
        send.close()
    return [sound async for sound in receive], events


@pytest.mark.parametrize("live", [True, False])
async def test_what_the_ear_finds_gets_its_turn_and_goes_on_in_order(
    live: bool,
) -> None:
    script = Script([Begun(), b"one"], (), [b"two"], [ENDED], [Begun()], [ENDED])
    sounds, events = await heard(Tape([b""] * 6, live=live), script)
    first, second = SpeechEnded(1, 1, 0.64), SpeechEnded(2, 1, 0.64)
    assert sounds == [
        SpeechStarted(1), b"one", b"two", first, SpeechStarted(2), second,
    ]  # fmt: skip
    assert events == [SpeechStarted(1), first, SpeechStarted(2), second]


@pytest.mark.parametrize("live", [True, False])
async def test_how_loud_it_is_is_published_whenever_there_is_something_to_tell(
    live: bool,
) -> None:
    frames = [b"1", b"2", b"3", b"4"]
    measured: list[tuple[bytes, bool]] = []

    def measure(frame: bytes, voiced: bool) -> Level | None:
        measured.append((frame, voiced))
        return Level(-30, -20, -60) if frame in (b"2", b"4") else None

    events: list[Event] = []
    send, _ = trio.open_memory_channel[Sound](9)
    tape, script = Tape(frames, live=live), Script((), (), (), ())
    await listen(tape, script, Floor(), send, events.append, measure=measure)
    assert events == [Level(-30, -20, -60)] * 2
    assert measured == [(frame, False) for frame in frames]


async def test_what_was_too_short_is_dismissed() -> None:
    script = Script([Begun(), b"k"], [Ended(0.1, 0.6, too_short=True)])
    sounds, _ = await heard(Tape([b""] * 2), script)
    assert sounds[-1] == Dismissed(1, reason="too short to be speech")


async def test_pauses_go_on_the_channel_and_are_nobodys_news() -> None:
    script = Script([Begun(), Paused(1)], [Resumed()], [ENDED])
    sounds, events = await heard(Tape([b""] * 3), script)
    assert sounds[1:3] == [Paused(1), Resumed()]
    assert events == [SpeechStarted(1), SpeechEnded(1, 1, 0.64)]


async def test_an_utterance_without_a_voice_is_passed_on_and_not_told() -> None:
    floor = Floor(barge_in=True)
    unvoiced = Ended(seconds=0, quiet=9, voiced=False)
    script = Script([Begun(voiced=False), b"hm"], [unvoiced])
    sounds, events = await heard(Tape([b""] * 2), script, floor=floor)
    assert sounds == [SpeechStarted(1), b"hm", SpeechEnded(1, 0, 9)]
    assert events == []
    assert not floor.stale(0)  # what we say goes on


async def test_it_is_told_as_soon_as_someone_speaks_in_it() -> None:
    floor = Floor(barge_in=True)
    script = Script([Begun(voiced=False), b"hm"], [Voiced()], [ENDED])
    sounds, events = await heard(Tape([b""] * 3), script, floor=floor)
    assert sounds == [SpeechStarted(1), b"hm", SpeechEnded(1, 1, 0.64)]
    assert events == [SpeechStarted(1), SpeechEnded(1, 1, 0.64)]
    assert floor.suspected


SECOND = bytes(2 * RATE)
TENTH = bytes(2 * RATE // 10)


async def test_who_goes_on_speaking_has_the_floor() -> None:
    floor = Floor(barge_in=True)
    long = [[TENTH]] * round(10 * REALLY)
    script = Script([Begun(), SECOND], *long, [ENDED])
    with floor.speaking():
        await heard(Tape([b""] * (len(long) + 2)), script, floor=floor)
    assert floor.turn == 1
    assert not floor.suspected


async def test_a_cough_is_only_suspicious_and_then_forgiven() -> None:
    floor = Floor(barge_in=True)
    cough = Ended(seconds=0.1, quiet=0.5, too_short=True)
    script = Script([Begun(), SECOND], [Paused(1)], [SECOND], [cough])
    with floor.speaking():
        await heard(Tape([b""] * 4), script, floor=floor)
    assert floor.turn == 0
    assert not floor.suspected


async def test_what_stirs_makes_us_softer() -> None:
    ducked: list[bool] = []
    floor = Floor(barge_in=True, ducking=ducked.append)
    script = Script([Stirred()], [Stirred(on=False)])
    with floor.speaking():
        await heard(Tape([b""] * 2), script, floor=floor)
    assert ducked == [True, False]


async def test_through_an_echo_canceller_one_has_to_insist() -> None:
    floor, events = Floor(barge_in=True), list[Event]()
    send, _ = trio.open_memory_channel[Sound](99)
    inlet = Inlet(floor, send, events.append, through_echo=True)
    with floor.speaking():
        inlet.put([Begun(), SECOND, TENTH])
        assert not floor.suspected
        inlet.put([Insisted()])
        assert floor.suspected


async def test_the_end_of_the_file_ends_the_utterance_under_way() -> None:
    script = Script([Begun(), b"one"])
    script.rest = [b"tail", ENDED]
    sounds, _ = await heard(Tape([b""]), script)
    assert sounds == [SpeechStarted(1), b"one", b"tail", SpeechEnded(1, 1, 0.64)]


async def test_so_does_a_microphone_that_goes_away() -> None:
    script = Script([Begun(), b"one"])
    script.rest = [ENDED]
    tape = Tape([b""], live=True, then=Unavailable("unplugged"))
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Sound](9)
    with pytest.raises(Unavailable, match="unplugged"):
        await listen(tape, script, Floor(), send, events.append)
    assert events == [SpeechStarted(1), SpeechEnded(1, 1, 0.64)]
    assert receive.statistics().current_buffer_used == 3


def full_inlet(
    waiting: int,
) -> tuple[Inlet, list[Event], trio.MemoryReceiveChannel[Sound]]:
    events: list[Event] = []
    send, receive = trio.open_memory_channel[Sound](SOUNDS_ROOM)
    for _ in range(waiting):
        send.send_nowait(b"waiting")
    return Inlet(Floor(), send, events.append), events, receive


async def test_a_device_cannot_wait_so_the_newest_audio_is_lost_and_counted() -> None:
    inlet, events, receive = full_inlet(waiting=AUDIO_ROOM - 1)
    inlet.put([Begun(), b"a" * 32_000, ENDED])
    assert events[-1] == AudioDropped(1.0)
    queue = [receive.receive_nowait() for _ in range(AUDIO_ROOM + 1)]
    assert queue[-2:] == [SpeechStarted(1), SpeechEnded(1, 1, 0.64)]


async def test_once_there_is_room_again_nothing_more_is_lost() -> None:
    inlet, events, receive = full_inlet(waiting=AUDIO_ROOM)
    inlet.put([Begun(), b"lost"])
    receive.receive_nowait()
    receive.receive_nowait()
    inlet.put([b"kept", ENDED])
    assert events[-1] == AudioDropped(4 / 32_000)
    queue = [receive.receive_nowait() for _ in range(AUDIO_ROOM + 1)]
    assert queue[-3:] == [SpeechStarted(1), b"kept", SpeechEnded(1, 1, 0.64)]


async def test_at_shutdown_a_late_frame_harms_nobody() -> None:
    inlet, _, receive = full_inlet(waiting=0)
    receive.close()
    inlet.put([Begun(), b"late"])


async def test_a_file_waits_for_room_and_loses_nothing() -> None:
    script = Script(*[[b"x"] for _ in range(50)])
    send, receive = trio.open_memory_channel[Sound](0)
    got: list[Sound] = []
    async with trio.open_nursery() as nursery:

        async def slowly() -> None:
            async for sound in receive:
                await trio.lowlevel.checkpoint()
                got.append(sound)

        nursery.start_soon(slowly)
        with send:
            await listen(Tape([b""] * 50), script, Floor(), send, list[Event]().append)
    assert got == [b"x"] * 50
