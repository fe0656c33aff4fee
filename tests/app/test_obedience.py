from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio

from agent.app.controls import Controls
from agent.app.obedience import Obedience
from agent.app.oversight import Oversight
from agent.commands import Command, Listen, Mute, Notify, Say, Set, Stop, Unknown
from agent.config import Config
from agent.errors import Misconfigured, Refused, Unavailable
from agent.events import Commanded, CommandIgnored, Event, Switched
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline import Line
from agent.vitals import Vitals


class Home(msgspec.Struct):
    """An agent as far as a workflow can change it."""

    obedience: Obedience
    orders: Orders
    floor: Floor
    lines: trio.MemoryReceiveChannel[Line]
    events: list[Event]


@asynccontextmanager
async def home(room: int = 9) -> AsyncIterator[Home]:
    events: list[Event] = []
    orders, floor = Orders(), Floor(barge_in=True)
    send, lines = trio.open_memory_channel[Line](room)
    controls = Controls(Config(), orders, floor, Oversight(Vitals({})), events.append)
    obedience = Obedience(controls, floor, send, events.append)
    with send, lines:
        yield Home(obedience, orders, floor, lines, events)


async def test_what_it_says_by_itself_belongs_to_now() -> None:
    async with home() as at:
        at.floor.yield_to_user(3)
        at.obedience.pushed(Say("The tea is ready. Come down into the kitchen."))
        assert at.lines.receive_nowait() == Line(
            3, "The tea is ready. Come down into the kitchen."
        )
        assert at.events == [
            Commanded(0, Say("The tea is ready. Come down into the kitchen."))
        ]


async def test_too_much_to_say_is_not_said() -> None:
    async with home(room=1) as at:
        for text in ("One.", "Two."):
            at.obedience.pushed(Say(text))
        assert at.events[-1] == CommandIgnored(
            0, "say", "there is too much to say already"
        )


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
