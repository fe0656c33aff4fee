from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.breaker import Breaker, Closed, Open, Probing
from agent.errors import Unavailable


def opened(*, cooldown: float = 10) -> Breaker:
    breaker = Breaker(threshold=2, cooldown=cooldown)
    for _ in range(2):
        breaker.admit(0)
        breaker.fail(0)
    return breaker


def test_it_opens_at_the_threshold_and_says_so_once() -> None:
    breaker = Breaker(threshold=2, cooldown=10)
    assert not breaker.fail(0)
    assert breaker.fail(0)
    assert breaker.state == Open(until=10)


def test_a_success_forgets_the_failures() -> None:
    breaker = Breaker(threshold=2)
    breaker.fail(0)
    assert not breaker.succeed()
    assert breaker.state == Closed()


def test_while_it_rests_calls_are_turned_away_with_the_time_that_is_left() -> None:
    breaker = opened()
    with pytest.raises(Unavailable, match="another 4 s") as turned_away:
        breaker.admit(6)
    assert turned_away.value.retry_after == 4


def test_after_the_rest_exactly_one_probe_goes_out() -> None:
    breaker = opened()
    breaker.admit(10)
    for _ in range(100):
        with pytest.raises(Unavailable, match="waiting to see"):
            breaker.admit(10)
    assert breaker.succeed()
    assert breaker.state == Closed()


def test_a_failed_probe_rests_again_and_is_no_news() -> None:
    breaker = opened()
    breaker.admit(10)
    assert not breaker.fail(11)
    assert breaker.state == Open(until=31)


def test_a_cancelled_probe_gives_its_place_to_the_next_call() -> None:
    breaker = opened()
    breaker.admit(10)
    breaker.abandon(10)
    breaker.admit(10)
    assert breaker.state == Probing()


def test_cancelled_calls_and_stragglers_teach_it_nothing() -> None:
    breaker = Breaker()
    breaker.abandon(0)
    assert breaker.state == Closed()
    breaker = opened()
    assert not breaker.fail(5)
    assert breaker.state == Open(until=10)


def test_half_of_the_last_twenty_calls_are_too_many() -> None:
    breaker = Breaker(cooldown=10)
    told = []
    for n in range(20):
        breaker.admit(n)
        if n % 2:
            breaker.succeed()
        else:
            told.append(breaker.fail(n))
            if told[-1]:
                break
    assert told == [False] * 9 + [True]


def test_a_few_failures_among_many_calls_are_not() -> None:
    breaker = Breaker()
    for n in range(300):
        breaker.admit(n)
        if n % 3 == 0:
            assert not breaker.fail(n)
        else:
            breaker.succeed()
    assert isinstance(breaker.state, Closed)


def test_each_failed_probe_makes_the_rest_longer_up_to_a_limit() -> None:
    breaker = opened(cooldown=30)
    now, rests = 0.0, []
    for _ in range(5):
        assert isinstance(breaker.state, Open)
        rests.append(breaker.state.until - now)
        now = breaker.state.until
        breaker.admit(now)
        breaker.fail(now)
    assert rests == [30, 60, 120, 120, 120]
    assert isinstance(breaker.state, Open)
    breaker.admit(breaker.state.until)
    breaker.succeed()
    breaker.fail(now)
    breaker.fail(now)
    assert breaker.state == Open(until=now + 30)


@given(chance=st.floats(0, 1, exclude_max=True))
def test_the_rest_is_jittered(chance: float) -> None:
    breaker = Breaker(threshold=1, cooldown=10)
    breaker.fail(0, chance=chance)
    assert isinstance(breaker.state, Open)
    assert 8 <= breaker.state.until <= 12


def test_what_they_wish_themselves_is_honoured() -> None:
    breaker = Breaker(threshold=1, cooldown=10)
    breaker.fail(0, retry_after=77)
    assert breaker.state == Open(until=77)


def test_it_can_be_told_that_they_are_back() -> None:
    breaker = opened()
    breaker.reset()
    breaker.admit(1)
    assert not breaker.fail(1)


class AnyUse(RuleBasedStateMachine):
    """Whatever happens, waiting out the cooldown gets a call through."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker(threshold=2, cooldown=10, longest=20)
        self.now = 0.0

    @rule(
        seconds=st.floats(0, 20), answer=st.sampled_from(["succeed", "fail", "abandon"])
    )
    def call(self, seconds: float, answer: str) -> None:
        self.now += seconds
        with suppress(Unavailable):
            self.breaker.admit(self.now)
            match answer:
                case "succeed":
                    self.breaker.succeed()
                case "fail":
                    self.breaker.fail(self.now)
                case _:
                    self.breaker.abandon(self.now)

    @invariant()
    def never_stuck(self) -> None:
        assert not isinstance(self.breaker.state, Probing)
        if isinstance(self.breaker.state, Open):
            assert self.breaker.state.until <= self.now + 20 * 1.2


TestAnyUse = AnyUse.TestCase
