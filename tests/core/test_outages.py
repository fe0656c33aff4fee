"""Who is told of an outage: nobody of a short one, and of a long one once."""

from hypothesis import given
from hypothesis import strategies as st

from agent.core.outages import News, Outages
from agent.events import Event, Lost, Ready

AFTER, STEADY = 20.0, 10.0
AWAY, BACK = Lost("n8n", "connection refused", 1.0), Ready("n8n")


def told(
    *happened: tuple[float, Event], until: float = 10_000
) -> list[tuple[float, News]]:
    """What is told, and when, by someone who looks exactly when something is due."""
    outages = Outages(AFTER, STEADY)
    found: list[tuple[float, News]] = []

    def look(limit: float) -> None:
        while (now := outages.next) <= limit:
            found.extend((now, news) for news in outages.due(now))

    for at, event in happened:
        look(at)
        outages.feed(event, at)
    look(until)
    return found


def test_a_reconnect_of_two_seconds_is_nobodys_concern() -> None:
    assert told((0, AWAY), (2, BACK)) == []


def test_an_outage_that_lasts_is_told_once_and_so_is_its_end() -> None:
    assert told((0, AWAY), (5, AWAY), (60, AWAY), (100, BACK)) == [
        (20, News("n8n", away=True, reason="connection refused")),
        (110, News("n8n", away=False)),
    ]


def test_what_comes_back_for_a_moment_is_still_away() -> None:
    happened: list[tuple[float, Event]] = [
        (0.0, AWAY),
        (30.0, BACK),
        (35.0, AWAY),
        (60.0, BACK),
    ]
    assert [(at, news.away) for at, news in told(*happened)] == [
        (20, True),
        (70, False),
    ]


def test_one_that_was_given_up_is_told_with_the_last_reason() -> None:
    gone = Lost("speaker", "it crashed", None)
    assert told((0, Lost("speaker", "busy", 1.0)), (10, gone)) == [
        (20, News("speaker", away=True, reason="it crashed"))
    ]


def test_what_was_never_away_is_not_back() -> None:
    assert told((0, BACK), (1, BACK)) == []


@given(
    st.lists(
        st.tuples(
            st.floats(0, 60),
            st.sampled_from(["a", "b"]),
            st.sampled_from([True, False]),
        ),
        max_size=40,
    )
)
def test_whatever_happens_away_and_back_take_turns(
    steps: list[tuple[float, str, bool]],
) -> None:
    now, happened = 0.0, list[tuple[float, Event]]()
    for pause, name, away in steps:
        now += pause
        happened.append((now, Lost(name, "x", 1.0) if away else Ready(name)))
    found = told(*happened, until=now + AFTER + STEADY)
    for name in "a", "b":
        news = [one.away for _, one in found if one.name == name]
        assert news == [n % 2 == 0 for n in range(len(news))]
        last = [event for _, event in happened if event.name == name][-1:]  # type: ignore[union-attr] # only these two
        # Who looks long enough afterwards knows how it is.
        assert bool(news and news[-1]) == bool(last and isinstance(last[0], Lost))
