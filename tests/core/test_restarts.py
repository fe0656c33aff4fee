from hypothesis import given
from hypothesis import strategies as st

from agent.core.restarts import Restarts


def test_absence_doubles_the_pause_up_to_the_ceiling() -> None:
    restarts = Restarts()
    pauses = [restarts.unavailable(0, chance=1) for _ in range(9)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))))
def test_no_pause_is_longer_than_the_ceiling_or_negative(
    absences: list[tuple[float, float]],
) -> None:
    restarts = Restarts()
    now = 0.0
    for step, chance in absences:
        now += step
        assert 0 <= restarts.unavailable(now, chance) <= 30


def test_days_of_absence_overflow_nothing() -> None:
    restarts = Restarts()
    assert [restarts.unavailable(n, 1) for n in range(3000)][-1] == 30


def test_a_minute_of_service_starts_over() -> None:
    restarts = Restarts()
    for _ in range(5):
        restarts.unavailable(0, 1)
    restarts.up(100)
    assert restarts.unavailable(161, 1) == 0.5


def test_flapping_does_not() -> None:
    restarts = Restarts()
    for at in range(4):
        restarts.up(at)
        restarts.unavailable(at + 1, 1)
    assert restarts.unavailable(10, 1) == 8


def test_a_refusal_waits_for_minutes() -> None:
    restarts = Restarts()
    restarts.up(0)
    assert 150 <= restarts.refused(1, 0) <= 300
    assert restarts.refused(1, 1) == 300


def test_the_fourth_crash_within_a_minute_is_given_up() -> None:
    restarts = Restarts()
    assert [restarts.crashed(t, 1) for t in (0, 10, 20)] == [0.5, 1, 2]
    assert restarts.crashed(30, 1) is None


def test_rare_crashes_are_forgiven() -> None:
    restarts = Restarts()
    for n in range(50):
        restarts.up(n * 100)
        assert restarts.crashed(n * 100 + 70, 1) == 0.5
