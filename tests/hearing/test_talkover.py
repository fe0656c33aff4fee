"""When someone who speaks while we do is noticed, and when not yet."""

import pytest

from agent.hearing.talkover import insists, stirs


@pytest.mark.parametrize(
    ("lately", "softer", "stops"),
    [
        ([], False, False),
        ([0.29] * 8, False, False),
        ([0, 0, 0.3], True, False),
        ([0.9, 0, 0, 0], False, False),  # it is over
        ([0.9, 0, 0.9, 0, 0.9, 0, 0.9, 0], True, False),
        ([0.4] * 8, True, False),
        ([0.5] * 4, True, False),
        ([0.5] * 5, True, True),
        ([0.9, 0.9, 0, 0.9, 0, 0, 0.9, 0.9], True, True),
        ([0.9, 0.9, 0, 0.9, 0, 0, 0.9, 0.9, 0], True, False),
    ],
)
def test_what_makes_us_softer_and_what_stops_us(
    lately: list[float], softer: bool, stops: bool
) -> None:
    assert (stirs(lately), insists(lately)) == (softer, stops)
