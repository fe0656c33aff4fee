import pytest

from agent.core.activity import Activity
from agent.events import (
    Dismissed,
    Event,
    Heard,
    Ready,
    SessionEnded,
    Silent,
    Sounding,
    SpeechEnded,
    SpeechStarted,
    Timed,
)


def after(*events: Event) -> Activity:
    activity = Activity()
    for event in events:
        activity = activity.after(event)
    return activity


def test_a_turn_goes_from_listening_to_speaking_to_silence() -> None:
    events: list[tuple[Event, str]] = [
        (Ready("microphone"), "ready"),
        (SpeechStarted(1), "listening"),
        (SpeechEnded(1, 1.0, 0.4), "processing"),
        (Heard(1, "hi", "typist"), "processing"),
        (Sounding(1), "speaking"),
        (Timed(1), "speaking"),
        (Silent(1), "ready"),
    ]
    activity = Activity()
    for event, doing in events:
        activity = activity.after(event)
        assert activity.doing == doing
    assert activity.turn == 1


@pytest.mark.parametrize("event", [Timed(1), Dismissed(1, "a cough"), Silent(1)])
def test_what_comes_to_nothing_is_over(event: Event) -> None:
    assert after(SpeechEnded(1, 1.0, 0.4), event).doing == "ready"


def test_only_the_microphone_makes_it_ready_and_only_at_the_start() -> None:
    assert after(Ready("n8n")).doing == "initialising"
    started = after(Ready("microphone"), SpeechStarted(1))
    assert started.after(Ready("microphone")).doing == "listening"


def test_turns_are_counted_even_if_an_earlier_one_is_heard_later() -> None:
    assert after(Heard(3, "b", "keyboard"), Heard(2, "a", "typist")).turn == 3


def test_the_end_is_the_end() -> None:
    assert after(SessionEnded("done"), SpeechStarted(1)).doing == "shutting down"
