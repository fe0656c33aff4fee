from functools import partial

import pytest
import trio
from trio.testing import MockClock

from agent.core.restarts import Restarts
from agent.errors import Misconfigured, Refused, Unavailable
from agent.events import Event, Lost, Ready
from agent.supervisor import Service, first_cause, supervise


def failing(*problems: Exception) -> "Flaky":
    return Flaky(list(problems))


class Flaky:
    """A service that fails in each of these ways, then finishes well."""

    def __init__(self, problems: list[Exception]) -> None:
        self._problems = problems

    async def __call__(self, *, task_status: trio.TaskStatus[str]) -> None:
        await trio.lowlevel.checkpoint()
        if self._problems:
            raise self._problems.pop(0)
        task_status.started("")


def always(chance: float) -> "Luck":
    return Luck(chance)


class Luck:
    def __init__(self, chance: float) -> None:
        self._chance = chance

    def __call__(self) -> float:
        return self._chance


async def test_absence_is_met_with_patience(autojump_clock: MockClock) -> None:
    events: list[Event] = []
    ear = Service("ear", failing(*[Unavailable("no route to host")] * 50))
    await supervise([ear], events.append, chance=always(1))
    assert events == [Lost("ear", "no route to host", retry_in=0.5), Ready("ear")]
    assert trio.current_time() == sum(min(30, 0.5 * 2**n) for n in range(50))


async def test_what_has_to_be_there_at_once_may_be_away_later(
    autojump_clock: MockClock,
) -> None:
    events: list[Event] = []
    problems = ["unplugged", "no microphone", "no microphone"]

    async def hear(*, task_status: trio.TaskStatus[str]) -> None:
        await trio.lowlevel.checkpoint()
        if len(problems) in {3, 0}:
            task_status.started("")
        if problems:
            raise Unavailable(problems.pop(0))

    ear = Service("ear", hear, at_once=True)
    await supervise([ear], events.append, chance=always(1))
    assert [type(event) for event in events] == [Ready, Lost, Lost, Ready]


async def test_another_reason_is_news(autojump_clock: MockClock) -> None:
    events: list[Event] = []
    away, closed = Unavailable("away"), Unavailable("closed")
    ear = Service("ear", failing(away, away, closed, closed, away))
    await supervise([ear], events.append, chance=always(1))
    assert [event.reason for event in events if isinstance(event, Lost)] == [
        "away",
        "closed",
        "away",
    ]


async def test_a_service_may_have_a_pace_of_its_own(autojump_clock: MockClock) -> None:
    ear = Service(
        "ear",
        failing(*[Unavailable("away")] * 50),
        restarts=partial(Restarts, first=0.1, ceiling=1.0),
    )
    await supervise([ear], list[Event]().append, chance=always(1))
    assert 46 < trio.current_time() < 50


async def test_a_peer_that_names_a_time_is_given_it(autojump_clock: MockClock) -> None:
    events: list[Event] = []
    ear = Service("ear", failing(Unavailable("busy", retry_after=77)))
    await supervise([ear], events.append, chance=always(0))
    assert events == [Lost("ear", "busy", retry_in=77), Ready("ear")]
    assert trio.current_time() == pytest.approx(77)


async def test_a_refusal_is_asked_again_only_rarely(autojump_clock: MockClock) -> None:
    events: list[Event] = []
    ear = Service("ear", failing(Refused("wrong token")))
    await supervise([ear], events.append, chance=always(1))
    assert events == [Lost("ear", "wrong token", retry_in=300), Ready("ear")]


async def test_a_bug_that_keeps_coming_back_ends_the_program(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Event] = []
    ear = Service("ear", failing(*[ZeroDivisionError("1/0")] * 9))
    with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
        await supervise([ear], events.append, chance=always(0))
    assert [e.retry_in for e in events if isinstance(e, Lost)] == [0, 0, 0, None]
    assert caplog.text.count("ear crashed") == 4


async def test_what_is_not_essential_stays_down_alone(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[Event] = []
    bus = Service("bus", failing(*[KeyError("x")] * 9), essential=False)
    ear = Service("ear", failing(Unavailable("away")))
    await supervise([bus, ear], events.append, chance=always(0))
    assert Lost("bus", "KeyError: 'x'", retry_in=None) in events
    assert Ready("ear") in events


async def test_what_must_be_there_at_the_start_is_not_waited_for(
    autojump_clock: MockClock,
) -> None:
    events: list[Event] = []
    ear = Service("ear", failing(Unavailable("no microphone")), at_once=True)
    with pytest.RaisesGroup(Unavailable, flatten_subgroups=True) as stopped:
        await supervise([ear], events.append)
    assert str(first_cause(stopped.value)) == "no microphone"


async def test_only_at_the_start(autojump_clock: MockClock) -> None:
    async def unplugged(*, task_status: trio.TaskStatus[str]) -> None:
        task_status.started("jabra")
        if trio.current_time() < 1:
            await trio.sleep(1)
            raise Unavailable("unplugged")

    events: list[Event] = []
    await supervise(
        [Service("ear", unplugged, at_once=True)], events.append, chance=always(1)
    )
    assert events == [
        Ready("ear", "jabra"),
        Lost("ear", "unplugged", retry_in=0.5),
        Ready("ear", "jabra"),
    ]


async def test_only_the_user_can_put_a_setting_right(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Service("ear", failing(Misconfigured("no such file")))
    with pytest.RaisesGroup(Misconfigured, flatten_subgroups=True):
        await supervise([ear], list[Event]().append)
    assert "Traceback" not in caplog.text


async def test_cancellation_is_not_a_failure(autojump_clock: MockClock) -> None:
    async def forever(*, task_status: trio.TaskStatus[str]) -> None:
        task_status.started("")
        await trio.sleep_forever()

    events: list[Event] = []
    with trio.move_on_after(5):
        await supervise([Service("ear", forever)], events.append)
    assert events == [Ready("ear")]


def test_the_cause_a_user_is_told_is_ours_before_anyone_elses() -> None:
    theirs, ours = KeyError("x"), Unavailable("n8n is away")
    group = ExceptionGroup("", [theirs, ExceptionGroup("", [ours])])
    assert first_cause(group) is ours
    assert first_cause(ExceptionGroup("", [theirs])) is theirs
