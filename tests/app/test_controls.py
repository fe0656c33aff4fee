"""What a running agent does when it is told to."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from agent.app.controls import Controls
from agent.app.typed import MOST
from agent.commands import Priority
from agent.control.commands import (
    Answered,
    AskText,
    Command,
    Done,
    Listen,
    Reload,
    Report,
    SayText,
    SetMute,
    Shutdown,
    Status,
)
from agent.control.standing import Standing
from agent.errors import Misconfigured, Refused, Unavailable
from agent.events import (
    Entry,
    Event,
    Heard,
    Postponed,
    Ready,
    Replied,
    Switched,
    Unanswered,
)
from agent.floor import Floor
from agent.hearing.surroundings import Orders
from agent.pipeline.speech import Manner, Speech
from tests.app.driving import controls_of


class Driven:
    """An agent as far as commands go; `happens` is what it would see happen."""

    def __init__(self, room: int = 20) -> None:
        self.events: list[Event] = []
        self.orders, self.floor = Orders(), Floor(barge_in=True)
        self.speech = Speech(self.floor, self.events.append, Manner())
        send, self.turns = trio.open_memory_channel[Heard](room)
        self.controls: Controls = controls_of(
            self.orders, self.floor, self.speech, self.events.append, heard=send
        )
        self._tell, self._told = trio.open_memory_channel[Entry](9)

    async def happens(self, *events: Event) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.controls.follow, self._told)
            for event in events:
                await self._tell.send(Entry(1.0, "s", event))
            await wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()


async def collect(ask: Callable[[], Awaitable[object]], into: list[object]) -> None:
    into.append(await ask())


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (Replied(1, "Half past four.", "n8n"), Answered("Half past four.")),
        (Postponed(1, "id", "refused"), Answered(None, "refused", kept=True)),
        (Unanswered(1, "id", "HTTP 401"), Answered(None, "HTTP 401")),
    ],
)
async def test_a_typed_turn_is_answered(event: Event, answer: Answered) -> None:
    at, told = Driven(), list[object]()
    async with trio.open_nursery() as nursery:

        async def ask() -> object:
            return await at.controls.handle(AskText(" what time is it? "))

        nursery.start_soon(collect, ask, told)
        turn = await at.turns.receive()
        assert (turn.text, turn.source, turn.turn) == ("what time is it?", "text", 1)
        assert at.floor.turn == 1
        await at.happens(Replied(7, "of another turn", "n8n"), event)
    assert told == [answer]
    assert at.events == [turn]


async def test_too_many_questions_are_refused(autojump_clock: MockClock) -> None:
    at = Driven()
    async with trio.open_nursery() as nursery:
        for _ in range(MOST):
            nursery.start_soon(at.controls.handle, AskText("why?"))
        await wait_all_tasks_blocked()
        with pytest.raises(Unavailable, match="wait for their answers"):
            await at.controls.handle(AskText("why?"))
        nursery.cancel_scope.cancel()
    with trio.move_on_after(1) as scope:
        await at.controls.handle(AskText("why?"))  # there is room again
    assert scope.cancelled_caught


async def test_where_no_turn_can_come_in_the_reason_is_plain() -> None:
    at = Driven(room=0)
    with pytest.raises(Unavailable, match="too many turns"):
        await at.controls.handle(AskText("why?"))
    at.turns.close()
    with pytest.raises(Unavailable, match="about to end"):
        await at.controls.handle(AskText("why?"))
    with pytest.raises(Refused, match="nothing to ask"):
        await at.controls.handle(AskText("  "))


async def test_it_is_muted_until_it_is_unmuted() -> None:
    at = Driven()
    assert await at.controls.handle(SetMute()) == Done("muted")
    assert at.orders.muted
    with pytest.raises(Refused, match="tonny-agent unmute"):
        await at.controls.handle(Listen("start"))
    assert await at.controls.handle(SetMute(on=False)) == Done("not muted")
    assert await at.controls.handle(Listen("start")) == Done("listening")
    assert at.events == [Switched("audio.mute", "on"), Switched("audio.mute", "off")]


async def test_listening_starts_once_and_stops() -> None:
    at = Driven()
    told = []
    for action in ("start", "start", "stop", "toggle", "toggle"):
        reply = await at.controls.handle(Listen(action))
        assert isinstance(reply, Done)
        told.append(reply.detail == "listening")
    assert told == [True, True, False, True, False]


async def test_it_says_how_it_is() -> None:
    at = Driven()
    await at.happens(Ready("microphone", "Jabra"), Heard(4, "hi", "typist"))
    standing = await at.controls.handle(Status())
    assert isinstance(standing, Standing)
    assert (standing.state, standing.turn, standing.level) == ("processing", 4, -40)
    assert (standing.folder, standing.session) == ("/data", "a session")
    assert standing.microphone == "tape"
    assert standing.speaker == "mouth"
    assert standing.memory > 1e6
    assert standing.uptime > 1e6
    text = await at.controls.handle(Status("text"))
    assert isinstance(text, Report)
    assert text.well
    assert text.text.startswith("processing   up ")
    await at.controls.handle(SetMute())
    muted = await at.controls.handle(Status())
    assert isinstance(muted, Standing)
    assert muted.muted
    assert muted.level is None
    assert [each.code for each in muted.troubles] == ["muted"]


async def test_it_can_be_told_to_end() -> None:
    at = Driven()
    assert await at.controls.handle(Shutdown()) == Done()
    assert at.controls.ended.is_set()
    assert (await at.controls.standing()).state == "shutting down"


async def test_without_a_file_nothing_can_be_read_again() -> None:
    with pytest.raises(Refused, match="not started from a file"):
        await Driven().controls.handle(Reload())


@pytest.mark.parametrize("priority", ["alert", "background"])
async def test_what_is_to_be_said_is_on_the_agenda(priority: Priority) -> None:
    at = Driven()
    command: Command = SayText("Tea.", priority)
    assert isinstance(await at.controls.handle(command), Done)
    (waiting,) = at.speech.waiting
    assert (waiting.text, waiting.priority) == ("Tea.", priority)


async def test_what_cannot_be_set_is_told() -> None:
    with pytest.raises(Misconfigured, match="voice, continuous, ptt"):
        Driven().controls.adopt("audio.mode", "loud")
