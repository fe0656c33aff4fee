import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.core.bucket import Bucket


def test_a_few_go_at_once_and_the_rest_at_its_pace() -> None:
    bucket = Bucket(60, at_once=3)
    assert [bucket.take(100) for _ in range(6)] == pytest.approx([0, 0, 0, 1, 2, 3])


def test_it_fills_up_while_nobody_takes() -> None:
    bucket = Bucket(60, at_once=2)
    for _ in range(4):
        bucket.take(0)
    assert bucket.take(100) == 0
    assert bucket.take(100) == 0
    assert bucket.take(100) == pytest.approx(1)


def test_who_gives_back_makes_room() -> None:
    bucket = Bucket(60, at_once=1)
    bucket.take(0)
    assert bucket.take(0) == pytest.approx(1)
    bucket.give_back()
    assert bucket.take(0) == pytest.approx(1)


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60), st.floats(1, 600))
def test_it_never_lets_more_through_than_it_may(
    gaps: list[float], per_minute: float
) -> None:
    bucket = Bucket(per_minute, at_once=5)
    now, went = 0.0, []
    for gap in gaps:
        now += gap
        went.append(now + bucket.take(now))
    assert went == sorted(went)
    for first, start in enumerate(went):
        for last in range(first, len(went)):
            allowed = 5 + (went[last] - start) * per_minute / 60
            assert last - first + 1 <= allowed + 1e-6 * len(went)
