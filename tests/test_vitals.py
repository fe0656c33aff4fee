import trio
from trio.testing import MockClock

from agent.events import (
    Entry,
    Event,
    Heard,
    Lost,
    Measured,
    Ready,
    Sounding,
    Timed,
)
from agent.vitals import Vitals, time_turns


def health(events: list[Event], name: str) -> list[float]:
    return [
        event.value
        for event in events
        if isinstance(event, Measured) and event.name == f"health.{name}"
    ]


async def test_a_turn_is_told_when_it_sounds() -> None:
    send, entries = trio.open_memory_channel[Entry](9)
    send.send_nowait(Entry(1.0, "s", Heard(1, "hi", "typist", source="text")))
    send.send_nowait(Entry(3.5, "s", Sounding(1)))
    send.close()
    told: list[Event] = []
    await time_turns(entries, told.append)
    assert told == [Timed(1, transcript=0, first_sample=2.5)]


async def test_a_change_is_measured_at_once_and_only_a_change() -> None:
    send, entries = trio.open_memory_channel[Entry](9)
    for event in (
        Ready("n8n"),
        Ready("n8n"),
        Lost("n8n", "refused", retry_in=3),
        Ready("n8n"),
    ):
        send.send_nowait(Entry(1.0, "s", event))
    send.close()
    told: list[Event] = []
    await Vitals({}).follow(entries, told.append)
    assert health(told, "n8n") == [1, 0, 1]
    assert told[1] == Measured("health.n8n", 0, {"state": "away", "reason": "refused"})


async def test_everything_known_is_measured_again_and_again(
    autojump_clock: MockClock,
) -> None:
    vitals = Vitals({})
    vitals.health = vitals.health.after(Ready("microphone"), at=0)
    told: list[Event] = []
    with trio.move_on_after(95):
        await vitals.measure(told.append, interval=30)
    assert health(told, "microphone") == [1, 1, 1, 1]


async def test_a_dependency_that_nobody_has_used_yet_is_looked_for() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    there = listeners[0].socket.getsockname()[:2]
    vitals = Vitals({"n8n": there, "elevenlabs": ("127.0.0.1", 1)})
    told: list[Event] = []
    with trio.move_on_after(0.5):
        await vitals.measure(told.append, interval=30)
    assert health(told, "n8n") == [1]
    assert health(told, "elevenlabs") == [0]
    for listener in listeners:
        await listener.aclose()
