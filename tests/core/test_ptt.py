from copy import copy

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.core.ptt import PushToTalk


def key() -> PushToTalk:
    return PushToTalk(longest=30)


def test_the_key_is_up_to_begin_with() -> None:
    assert not key().down
    assert key().until is None


def test_it_is_down_from_press_to_release() -> None:
    held = key()
    assert held.press(1)
    assert held.held
    assert not held.release(2)
    assert not held.down


def test_a_pause_in_speech_does_not_release_a_held_key() -> None:
    held = key()
    held.press(1)
    assert held.ended(5)


def test_a_release_without_a_press_is_nothing() -> None:
    assert not key().release(1)


def test_what_was_toggled_on_ends_with_the_utterance() -> None:
    toggled = key()
    assert toggled.toggle(1)
    assert not toggled.held
    assert not toggled.ended(4)


def test_toggling_twice_ends_at_once() -> None:
    toggled = key()
    toggled.toggle(1)
    assert not toggled.toggle(2)


def test_whoever_toggles_a_held_key_lets_it_go() -> None:
    held = key()
    held.press(1)
    assert not held.toggle(2)
    assert not held.release(3)


def test_a_press_makes_a_toggled_key_a_held_one() -> None:
    toggled = key()
    toggled.toggle(1)
    toggled.press(2)
    assert toggled.ended(3)
    assert not toggled.release(4)


def test_a_release_ends_what_was_toggled_on() -> None:
    toggled = key()
    toggled.toggle(1)
    assert not toggled.release(2)


def test_a_forgotten_press_ends_after_the_longest_utterance() -> None:
    forgotten = key()
    forgotten.press(10)
    assert forgotten.until == 40
    assert forgotten.ended(39.9)
    assert not forgotten.ended(40)


def test_a_key_that_repeats_itself_is_not_forgotten() -> None:
    repeating = key()
    for now in range(100):
        assert repeating.press(now)
    assert repeating.ended(100)
    assert repeating.until == 129


class AnyUse(RuleBasedStateMachine):
    """However it is used: left alone, the key comes up in time, and once it is up only
    a press or a toggle brings it down."""

    def __init__(self) -> None:
        super().__init__()
        self.key = PushToTalk(longest=30)
        self.now = 0.0

    @rule(
        seconds=st.floats(0, 40),
        use=st.sampled_from(["press", "release", "toggle", "ended"]),
    )
    def use(self, seconds: float, use: str) -> None:
        self.now += seconds
        before = self.key.down
        down = getattr(self.key, use)(self.now)
        assert down == self.key.down
        assert before or not down or use in {"press", "toggle"}

    @invariant()
    def ends_in_time(self) -> None:
        if self.key.down:
            assert self.key.until is not None
            assert self.key.until <= self.now + 30
            assert not copy(self.key).ended(self.key.until)


TestAnyUse = AnyUse.TestCase
TestAnyUse.settings = settings(max_examples=50)
