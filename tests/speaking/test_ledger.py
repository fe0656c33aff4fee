import pytest

from agent.errors import Refused
from agent.events import Event, Measured, QuotaLow
from agent.speaking.elevenlabs.account import Subscription
from agent.speaking.elevenlabs.ledger import DAY, Ledger


class Clock:
    def __init__(self) -> None:
        self.now = 20_000 * DAY

    def __call__(self) -> float:
        return self.now


def test_no_more_than_the_budget_is_spent_in_a_day() -> None:
    clock, told = Clock(), list[Event]()
    ledger = Ledger(told.append, clock, budget=100, today=40)
    ledger.check(60)
    ledger.spend(60, turn=3)
    assert told == [Measured("tts.characters", 60, {"turn": 3})]
    with pytest.raises(Refused, match=r"100 of the 100 characters .*tts\.budget"):
        ledger.check(1)
    clock.now += DAY
    ledger.check(100)


def test_without_a_budget_all_may_be_spent() -> None:
    ledger = Ledger(list[Event]().append, Clock())
    ledger.spend(1_000_000)
    ledger.check(1_000_000)


def test_it_warns_once_until_the_plan_is_reset() -> None:
    told: list[Event] = []
    ledger = Ledger(told.append, Clock(), warn_at=0.9)
    ledger.read(Subscription(8_000, 10_000))
    ledger.spend(900)
    ledger.spend(200)
    ledger.spend(100)
    assert [e for e in told if isinstance(e, QuotaLow)] == [QuotaLow(9_100, 10_000)]
    ledger.read(Subscription(0, 10_000))
    ledger.spend(9_500)
    assert len([e for e in told if isinstance(e, QuotaLow)]) == 2
