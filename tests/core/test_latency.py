import pytest

from agent.core.latency import Latencies
from agent.events import (
    AnswerBegun,
    Asked,
    Event,
    Heard,
    Overheard,
    Shown,
    Sounding,
    SpeechEnded,
    Timed,
    Unspoken,
    VoiceBegun,
)


def timed(latencies: Latencies, *happened: tuple[float, Event]) -> list[Timed]:
    found = (latencies.feed(event, at) for at, event in happened)
    return [one for one in found if one is not None]


def test_a_spoken_turn_is_timed_from_the_end_of_speech() -> None:
    assert timed(
        Latencies(),
        (9.0, Overheard(1, "wh", "typist")),
        (10.0, SpeechEnded(1, seconds=1, quiet=0.5)),
        (10.25, Heard(1, "what?", "typist")),
        (10.5, Asked(1, "id", "sage")),
        (11.0, AnswerBegun(1)),
        (11.5, VoiceBegun(1, "letters")),
        (12.0, Sounding(1)),
        (13.0, VoiceBegun(1, "letters")),
    ) == [Timed(1, 0.75, 1.0, 1.5, 2.0, 2.5)]


def test_a_typed_turn_is_timed_from_its_text() -> None:
    assert timed(
        Latencies(),
        (5.0, Heard(2, "hi", "keyboard", source="text")),
        (6.0, Asked(2, "id", "sage")),
        (9.0, Unspoken(2, "hello", "no speaker")),
    ) == [Timed(2, transcript=0, request=1)]


def test_what_belongs_to_no_turn_that_began_is_ignored() -> None:
    assert timed(Latencies(), (1.0, Sounding(3)), (2.0, Asked(3, "id", "sage"))) == []


def test_a_turn_is_told_once() -> None:
    assert (
        len(
            timed(
                Latencies(),
                (1.0, Heard(1, "hi", "typist")),
                (2.0, Sounding(1)),
                (3.0, Sounding(1)),
            )
        )
        == 1
    )


@pytest.mark.parametrize("turns", [64, 10_000])
def test_turns_that_never_sound_are_forgotten(turns: int) -> None:
    latencies = Latencies()
    for turn in range(turns):
        latencies.feed(SpeechEnded(turn, 1, 0), at=turn)
    assert latencies.feed(Sounding(turns - 64), at=turns) is not None
    assert latencies.feed(Sounding(turns - 65), at=turns) is None


def test_a_turn_that_is_read_ends_with_what_is_shown() -> None:
    assert timed(
        Latencies(),
        (5.0, Heard(2, "hi", "keyboard", source="text")),
        (6.0, AnswerBegun(2)),
        (6.5, Shown(2, "Hello.")),
    ) == [Timed(2, transcript=0.0, first_answer=1.0)]
