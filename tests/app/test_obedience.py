from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio

from agent.app.obedience import Obedience
from agent.commands import Command, Listen, Mute, Notify, Say, Set, Stop, Unknown
from agent.core.agenda import MOST
from agent.errors import Misconfigured, Refused, Unavailable
from agent.events import Commanded, CommandIgnored, Event, Shown, Switched
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline import Line
from agent.pipeline.speech import Manner, Speech
from tests.app.driving import controls_of


class Home(msgspec.Struct):
    """An agent as far as a workflow can change it."""

    obedience: Obedience
    orders: Orders
    floor: Floor
    speech: Speech
    events: list[Event]


@asynccontextmanager
async def home() -> AsyncIterator[Home]:
    events: list[Event] = []
    orders, floor = Orders(), Floor(barge_in=True)
    speech = Speech(floor, events.append, Manner())
    controls = controls_of(orders, floor, speech, events.append)
    obedience = Obedience(controls, speech, events.append)
    yield Home(obedience, orders, floor, speech, events)


async def test_what_it_says_by_itself_belongs_to_now() -> None:
    async with home() as at:
        at.floor.yield_to_user(3)
        said = Say("The tea is ready. Come down into the kitchen.")
        at.obedience.pushed(said)
        (waiting,) = at.speech.waiting
        assert (waiting.turn, waiting.text) == (3, said.text)
        assert waiting.priority == "announcement"
        assert at.events == [Commanded(0, said)]


async def test_too_much_to_say_is_not_said() -> None:
    async with home() as at:
        for _ in range(MOST + 1):
            at.obedience.pushed(Say("One."))
        assert at.events[-1] == CommandIgnored(
            0, "say", f"{MOST} texts wait to be said already"
        )


async def test_the_manner_of_speaking_can_be_set() -> None:
    async with home() as at:
        at.obedience.obey(Set("tts.speed", 1.5))
        assert at.speech.manner.speed == 1.5
        with pytest.raises(Misconfigured, match=r"from 0\.5 to 2"):
            at.obedience.obey(Set("tts.speed", "fast"))


async def test_stop_makes_it_quiet() -> None:
    async with home() as at:
        at.floor.yield_to_user(1)
        at.obedience.obey(Stop())
        assert at.floor.stale(1)


async def test_listen_and_mute_are_for_the_ear() -> None:
    async with home() as at:
        at.obedience.obey(Listen())
        assert at.orders
        at.obedience.obey(Mute())
        assert at.orders.muted
        at.obedience.obey(Mute(on=False))
        assert not at.orders.muted
        assert at.events == [
            Switched("audio.mute", "on"),
            Switched("audio.mute", "off"),
        ]


async def test_the_mode_can_be_set() -> None:
    async with home() as at:
        at.obedience.obey(Set("audio.mode", "ptt"))
        assert at.events == [Switched("audio.mode", "ptt")]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (Set("audio.mode", "loud"), Misconfigured),
        (Set("stt.server", "none"), Misconfigured),
        (Set("workflow.url", "http://elsewhere"), Refused),
    ],
)
async def test_nothing_else_can(command: Command, kind: type[Exception]) -> None:
    async with home() as at:
        with pytest.raises(kind):
            at.obedience.obey(command)
        at.obedience.pushed(command)
        assert isinstance(at.events[-1], CommandIgnored)


async def test_what_is_unknown_is_told() -> None:
    async with home() as at:
        at.obedience.pushed(Unknown("dance", "no such command"))
        assert at.events == [CommandIgnored(0, "dance", "no such command")]


async def test_without_a_desktop_a_notification_is_only_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    async with home() as at, trio.open_nursery() as nursery:
        nursery.start_soon(at.obedience.run)
        at.obedience.obey(Notify("Tea"))
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    (ignored,) = at.events
    assert isinstance(ignored, CommandIgnored)
    assert "session bus" in ignored.reason


async def test_too_many_notifications_are_refused() -> None:
    async with home() as at:
        for _ in range(10):
            at.obedience.obey(Notify("Tea"))
        with pytest.raises(Unavailable):
            at.obedience.obey(Notify("Tea"))


async def test_how_answers_are_given_can_be_changed() -> None:
    async with home() as at:
        at.obedience.obey(Set("response.mode", "text"))
        assert at.speech.responses == "text"
        assert Switched("response.mode", "text") in at.events
        at.floor.yield_to_user(1)
        at.speech.line(Line(1, "Read me."))
        assert at.events[-1] == Shown(1, "Read me.")
        at.speech.line(Line(0, "Too old."))
        assert at.events[-1] == Shown(1, "Read me.")
        assert not at.speech.waiting
        at.obedience.obey(Say("Heard all the same."))
        assert len(at.speech.waiting) == 1
        at.obedience.obey(Set("response.mode", "both"))
        at.speech.line(Line(1, "Hear me."))
        assert len(at.speech.waiting) == 2
        with pytest.raises(Misconfigured, match="voice, text or both"):
            at.obedience.obey(Set("response.mode", "loud"))
