import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.loudness import Room

FRAME = 0.032
SECOND = round(1 / FRAME)


def levels(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


@given(st.lists(levels(-100, 0), max_size=200))
def test_whatever_is_heard_no_room_is_silent_or_deafening(heard: list[float]) -> None:
    room = Room(FRAME)
    for level in heard:
        room.exceeded(level)
        assert -75 <= room.floor <= -20


@given(st.lists(levels(-100, 0), max_size=200), levels(-100, -20))
def test_any_steady_noise_is_the_room_before_long(
    before: list[float], level: float
) -> None:
    room = Room(FRAME)
    for heard in before:
        room.exceeded(heard)
    for _ in range(20 * SECOND):
        room.exceeded(level)
    assert not room.exceeded(level + 8)
    assert room.exceeded(max(level, -75) + 10)


@given(st.lists(levels(-100, 0), max_size=200))
def test_the_loudest_always_stands_out(heard: list[float]) -> None:
    room = Room(FRAME)
    for level in heard:
        room.exceeded(level)
    assert room.exceeded(-5)


def test_noise_does_not_stand_out_from_itself() -> None:
    room = Room(FRAME)
    noise = [-50.0, -48.0, -51.5, -47.0, -49.0] * SECOND
    for level in noise:
        room.exceeded(level)
    assert not any(room.exceeded(level) for level in noise)


def test_a_long_speech_never_becomes_the_room() -> None:
    room = Room(FRAME)
    syllable = [-30.0] * 8 + [-55.0] * 4
    for _ in range(60):
        standing_out = [room.exceeded(level) for level in syllable]
        assert standing_out == [True] * 8 + [False] * 4


@pytest.mark.parametrize("frame_seconds", [0.02, 0.032])
def test_the_floor_rises_as_fast_whatever_the_frame(frame_seconds: float) -> None:
    room = Room(frame_seconds)
    for _ in range(round(5 / frame_seconds)):
        room.exceeded(-20)
    assert room.floor == pytest.approx(-45, abs=0.1)
