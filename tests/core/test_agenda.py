import pytest

from agent.commands import Priority
from agent.core.agenda import MOST, Agenda
from agent.errors import Unavailable


def said(agenda: Agenda[str]) -> list[str]:
    """All there is, in the order in which it is said."""
    order: list[str] = []
    while (found := agenda.next()) is not None:
        order.append(found[1])
        agenda.done(*found)
    return order


def agenda_of(**items: str) -> Agenda[str]:
    agenda = Agenda[str]()
    priorities: dict[str, Priority] = {
        "alert": "alert",
        "announcement": "announcement",
        "background": "background",
    }
    for name, parts in items.items():
        agenda.put(parts, priorities.get(name, "reply"))
    return agenda


def test_the_more_important_goes_first() -> None:
    agenda = agenda_of(background="b", announcement="n", reply="r", alert="a")
    assert said(agenda) == ["a", "r", "n", "b"]


def test_among_equals_what_came_first_does() -> None:
    agenda = Agenda[str]()
    for part in "abc":
        agenda.put([part], "announcement")
    assert said(agenda) == ["a", "b", "c"]


def test_what_was_begun_is_said_to_its_end() -> None:
    agenda = agenda_of(background="bB")
    found = agenda.next()
    assert found is not None
    agenda.done(*found)
    agenda.put("r", "reply")
    assert said(agenda) == ["B", "r"]


def test_an_alert_interrupts_and_what_it_interrupted_goes_on() -> None:
    agenda = agenda_of(reply="rRr")
    found = agenda.next()
    assert found is not None
    alert = agenda.put("a", "alert")
    assert agenda.interrupted_by(found[0])
    assert not agenda.interrupted_by(alert)
    assert said(agenda) == ["a", "r", "R", "r"]


def test_an_answer_grows_while_it_is_said() -> None:
    agenda = Agenda[str]()
    agenda.add("one", turn=1)
    assert said(agenda) == ["one"]
    agenda.add("two", turn=1)
    agenda.add("other", turn=2)
    assert [item.turn for item in agenda.items] == [1, 2]
    assert said(agenda) == ["two", "other"]


def test_what_comes_next_is_known() -> None:
    agenda = agenda_of(reply="ab", announcement="n")
    assert agenda.then() == "b"
    agenda.next()
    agenda.drop(agenda.items[0])
    assert agenda.then() is None


def test_it_is_bounded_and_loses_nothing() -> None:
    agenda = Agenda[str]()
    for _ in range(MOST):
        agenda.put("a", "background")
    with pytest.raises(Unavailable, match=f"{MOST} texts wait"):
        agenda.put("b", "background")
    assert len(said(agenda)) == MOST


def test_what_is_dropped_is_given_back() -> None:
    agenda = agenda_of(reply="abc")
    found = agenda.next()
    assert found is not None
    agenda.done(*found)
    assert agenda.drop(found[0]) == ["b", "c"]
    assert not agenda
    assert len(agenda) == 0


def test_answers_that_were_said_are_over_when_all_is_quiet() -> None:
    agenda = Agenda[str]()
    agenda.add("one", turn=1)
    said(agenda)
    assert len(agenda) == 1
    agenda.tidy()
    assert len(agenda) == 0
