from agent.core.health import Health, Part
from agent.events import Heard, Lost, Ready


def test_nothing_known_is_well() -> None:
    assert not Health().degraded


def test_ready_undoes_lost() -> None:
    health = Health().after(Lost("n8n", "refused", retry_in=3), at=1)
    assert health.degraded
    assert health.parts["n8n"] == Part("away", 1, "refused", "", "refused", 1)
    health = health.after(Ready("n8n", "back"), at=2)
    assert not health.degraded
    assert health.parts["n8n"] == Part("ok", 2, "", "back", "refused", 1)


def test_what_is_given_up_is_down() -> None:
    health = Health().after(Lost("bus", "a bug", retry_in=None), at=1)
    assert health.parts["bus"].state == "down"
    assert not health.parts["bus"].well


def test_since_when_is_the_first_time_and_why_the_latest_reason() -> None:
    health = Health().after(Lost("n8n", "refused", retry_in=3), at=1)
    health = health.after(Lost("n8n", "timed out", retry_in=6), at=9)
    assert health.parts["n8n"] == Part("away", 1, "timed out", "", "timed out", 9)


def test_other_events_change_nothing() -> None:
    health = Health().after(Ready("n8n"), at=1)
    assert health.after(Heard(1, "hi", "typist"), at=2) is health
