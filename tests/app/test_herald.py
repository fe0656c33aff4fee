"""What a person is shown, who may be in another room or have the sound off."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from agent.app.herald import LONGEST, Herald
from agent.commands import Notify
from agent.config.settings import Health, Responses
from agent.errors import Unavailable
from agent.events import Lost, Postponed, Ready, Replied, Unanswered
from agent.hub import Hub


class Mode:
    def __init__(self, responses: Responses) -> None:
        self.responses: Responses = responses


class Desktop:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.there = True

    async def show(self, notice: Notify) -> None:
        await trio.sleep(0.1)
        if not self.there:
            raise Unavailable("there is no session bus")
        self.shown.append(notice.text)


@asynccontextmanager
async def watched(
    responses: Responses, notify_after: float = 20.0
) -> AsyncIterator[tuple[Hub, Desktop, Mode]]:
    hub, desktop, mode = Hub("s", trio.current_time), Desktop(), Mode(responses)
    herald = Herald(mode, Health(notify_after=notify_after), desktop.show)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(herald.run, hub)
        await wait_all_tasks_blocked()
        yield hub, desktop, mode
        nursery.cancel_scope.cancel()


async def test_answers_that_are_read_are_shown(autojump_clock: MockClock) -> None:
    async with watched("voice") as (hub, desktop, mode):
        hub.publish(Replied(1, "spoken", "sage"))
        await trio.sleep(1)
        mode.responses = "text"
        hub.publish(Replied(2, "read", "sage"))
        await trio.sleep(1)
        mode.responses = "both"
        hub.publish(Replied(3, "heard and read", "sage"))
        await trio.sleep(1)
        assert desktop.shown == ["read", "heard and read"]


async def test_an_answer_that_is_too_late_to_say_is_shown_in_any_case(
    autojump_clock: MockClock,
) -> None:
    async with watched("voice") as (hub, desktop, _):
        hub.publish(Replied(1, "it was noon", "sage", late=True))
        await trio.sleep(1)
        assert desktop.shown == ["it was noon"]


async def test_that_there_is_no_answer_is_shown_too(autojump_clock: MockClock) -> None:
    async with watched("text") as (hub, desktop, _):
        hub.publish(Postponed(1, "id", "n8n is away"))
        hub.publish(Unanswered(2, "id", "refused"))
        await trio.sleep(1)
        assert desktop.shown == [
            "Your question is kept for later: n8n is away",
            "There is no answer: refused",
        ]


async def test_an_outage_is_shown_when_it_lasts_and_when_it_is_over(
    autojump_clock: MockClock,
) -> None:
    async with watched("voice") as (hub, desktop, _):
        hub.publish(Lost("n8n", "connection refused", 1.0))
        await trio.sleep(2)
        hub.publish(Ready("n8n"))
        await trio.sleep(100)
        assert desktop.shown == []
        hub.publish(Lost("n8n", "connection refused", 1.0))
        await trio.sleep(19)
        assert desktop.shown == []
        await trio.sleep(100)
        hub.publish(Ready("n8n"))
        await trio.sleep(100)
        assert desktop.shown == ["n8n is away: connection refused", "n8n is back."]


async def test_or_never(autojump_clock: MockClock) -> None:
    async with watched("voice", notify_after=0) as (hub, desktop, _):
        hub.publish(Lost("n8n", "connection refused", None))
        await trio.sleep(10_000)
        assert desktop.shown == []


async def test_without_a_desktop_it_goes_on(autojump_clock: MockClock) -> None:
    async with watched("text") as (hub, desktop, _):
        desktop.there = False
        hub.publish(Replied(1, "unseen", "sage"))
        await trio.sleep(1)
        desktop.there = True
        hub.publish(Replied(2, "x" * 5000, "sage"))
        await trio.sleep(1)
        assert [len(text) for text in desktop.shown] == [LONGEST]
