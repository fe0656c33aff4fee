import pytest

from agent.control.standing import Integration, Queue, Quota, Standing
from agent.control.table import duration
from agent.control.troubles import troubles

NOW = 1_795_400_000.0


def standing(*away: Integration, **more: object) -> Standing:
    return Standing("degraded", "voice", "Jabra", "base", away, **more)  # type: ignore[arg-type] # as it is


def codes(found: Standing, now: float = NOW) -> list[str]:
    return [trouble.code for trouble in troubles(found, now)]


def test_a_short_absence_is_nobodys_business() -> None:
    n8n = Integration("n8n", "away", NOW, "refused")
    assert codes(standing(n8n), NOW + 4.9) == []
    (trouble,) = troubles(standing(n8n), NOW + 5)
    assert trouble.code == "n8n-away"
    assert trouble.title == "The workflow does not answer (refused)"
    assert "tonny-agent doctor" in trouble.remedy
    assert trouble.since == NOW


def test_what_follows_from_a_lost_microphone_is_not_told() -> None:
    lost = [Integration(name, "away", 0) for name in ("whisperlivekit", "microphone")]
    assert codes(standing(*lost)) == ["microphone-away"]
    assert codes(standing(lost[0])) == ["whisperlivekit-away"]


def test_the_worst_comes_first_and_the_unknown_is_told_too() -> None:
    parts = [
        Integration("bus", "away", 0),
        Integration("n8n", "away", 0),
        Integration("elevenlabs", "ok", 0),
        Integration("hotkey", "down", 0),
    ]
    assert codes(standing(*parts)) == ["hotkey-down", "n8n-away", "bus-away"]


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        (Queue(2, 0, "2020-01-01T00:00:00.000Z"), ["queue-waiting"]),
        (Queue(2, 0, "2999-01-01T00:00:00.000Z"), []),
        (Queue(0, 1), ["queue-dead"]),
    ],
)
def test_questions_that_wait_long_or_were_given_up(
    queue: Queue, expected: list[str]
) -> None:
    assert codes(standing(queue=queue)) == expected


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        (Quota(100, 100), ["quota-spent"]),
        (Quota(90, 100), ["quota-low"]),
        (Quota(89, 100), []),
        (Quota(0, 0, today=5, budget=10), []),
    ],
)
def test_a_plan_that_ends(quota: Quota, expected: list[str]) -> None:
    assert codes(standing(quota=quota)) == expected


def test_whoever_muted_it_is_reminded() -> None:
    (trouble,) = troubles(standing(muted=True), NOW)
    assert "tonny-agent unmute" in trouble.remedy


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3.4, "3 s"), (125, "2 min"), (11_520, "3 h 12 min"), (200_000, "2 d 7 h")],
)
def test_two_units_say_enough(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_a_record_that_was_replaced_is_told() -> None:
    told = "The record was damaged (it is empty) and is replaced by a new one."
    (trouble,) = troubles(standing(replaced=told, since=NOW), NOW)
    assert (trouble.code, trouble.title) == ("record-replaced", told)
    assert codes(standing()) == []
