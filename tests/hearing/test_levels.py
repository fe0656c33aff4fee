import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events import Level
from agent.hearing.levels import Meter, judged
from agent.ports import RATE
from tests.hearing.sound import frames, silence, tone, white

BLOCK = 320


def levels(pcm: bytes, hz: float = 10, *, voiced: bool = False) -> list[Level]:
    meter = Meter(hz)
    told = [meter.heard(frame, voiced) for frame in frames(pcm, BLOCK)]
    return [level for level in told if level is not None]


def square(seconds: float, height: int) -> bytes:
    at = np.arange(round(seconds * RATE))
    return np.where(at % 40 < 20, height, -height - 1).astype("<i2").tobytes()


def constant(seconds: float, height: int) -> bytes:
    return np.full(round(seconds * RATE), height, "<i2").tobytes()


@pytest.mark.parametrize("hz", [1, 10, 30])
def test_it_is_told_as_often_as_was_asked_and_no_oftener(hz: float) -> None:
    assert hz * 0.8 * 3 <= len(levels(silence(3), hz)) <= hz * 3


@pytest.mark.parametrize("level", [-60, -30, -6])
def test_a_tone_is_as_loud_as_it_is(level: float) -> None:
    for told in levels(tone(1, level)):
        assert told.rms == pytest.approx(level, abs=0.2)
        assert told.peak == pytest.approx(level + 3, abs=0.2)
        assert not told.clipping


def test_the_noise_of_the_room_is_learnt_and_stays_when_someone_speaks() -> None:
    told = levels(white(5, -55) + tone(1, -20))
    assert told[45].floor == pytest.approx(-56, abs=2)
    assert told[-1].rms == pytest.approx(-20, abs=0.5)
    assert told[-1].floor < -50


@pytest.mark.parametrize(
    ("pcm", "clips"),
    [
        (square(1, 32_767), True),
        (square(1, 32_000), False),
        (tone(1, -0.5), True),
        (silence(0.5) + np.array([32_767], "<i2").tobytes() + silence(0.5), False),
    ],
    ids=["square", "square, not quite", "sine, overdriven", "one sample"],
)
def test_clipping_is_several_samples_at_the_limit(pcm: bytes, clips: bool) -> None:
    assert any(told.clipping for told in levels(pcm)) is clips


def test_a_voice_is_told_of_if_there_was_one_in_any_frame() -> None:
    meter = Meter(10)
    flags = [False, True, False, False, False] * 2
    told = [
        meter.heard(frame, flag)
        for frame, flag in zip(frames(silence(0.2), BLOCK), flags, strict=True)
    ]
    assert [level.voiced for level in told if level] == [True, True]


@given(
    st.lists(st.integers(-32_768, 32_767), min_size=2 * BLOCK, max_size=2 * BLOCK),
)
def test_no_sound_is_below_nothing_or_above_everything(samples: list[int]) -> None:
    for told in levels(np.array(samples, "<i2").tobytes(), 50):
        assert -100 <= told.rms <= told.peak + 0.1 <= 0.2


@pytest.mark.parametrize(
    ("pcm", "dead", "clips"),
    [
        (silence(1), True, False),
        (constant(1, 1234), True, False),
        (white(1, -90), False, False),
        (tone(1, -30), False, False),
        (square(1, 32_767), False, True),
        (tone(0.8, -30) + square(0.2, 32_767), False, False),
    ],
    ids=[
        "nothing",
        "a constant",
        "next to nothing",
        "a tone",
        "overdriven",
        "once too loud",
    ],
)
def test_a_microphone_is_judged_by_some_seconds(
    pcm: bytes, dead: bool, clips: bool
) -> None:
    verdict = judged(levels(pcm))
    assert (verdict.dead, verdict.clips) == (dead, clips)
