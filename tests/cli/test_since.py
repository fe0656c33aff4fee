import time

import pytest

from agent.cli.since import moment
from agent.errors import Misconfigured


def local(*date: int) -> float:
    """Where we are."""
    return time.mktime((*date, *(0,) * (6 - len(date)), 0, 0, -1))  # type: ignore[arg-type]


NOW = local(2026, 11, 23, 12, 30)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("45m", NOW - 2700),
        ("1.5h", NOW - 5400),
        ("3d", NOW - 3 * 86_400),
        (" 1W ", NOW - 7 * 86_400),
        ("today", local(2026, 11, 23)),
        ("Yesterday", local(2026, 11, 22)),
        ("2026-11-20", local(2026, 11, 20)),
        ("2026-11-20T08:15", local(2026, 11, 20, 8, 15)),
        ("1970-01-01T00:01Z", 60.0),
    ],
)
def test_times_are_said_as_people_say_them(said: str, means: float) -> None:
    assert moment(said, now=NOW) == means


@pytest.mark.parametrize(
    "said", ["", "soon", "-2h", "2 fortnights", "9999999h", "2026-13-01"]
)
def test_what_is_no_time_is_said_to_be_none(said: str) -> None:
    with pytest.raises(Misconfigured, match="is no time"):
        moment(said, now=NOW)
