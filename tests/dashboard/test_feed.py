"""What happens reaches every page, and one that was away misses nothing."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import msgspec
import pytest
import trio
from trio.testing import MockClock

from agent.control.standing import Standing
from agent.dashboard.feed import KEPT, Feed
from agent.events import Heard, Level, Ready
from agent.hub import Hub
from agent.wire import decode

READY = Standing("ready", "voice", "a microphone", "ears")


class Message(msgspec.Struct):
    kind: str
    id: str
    data: str


def parsed(sent: bytes) -> list[Message]:
    found = []
    for block in sent.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            found.append(Message(fields["event"], fields.get("id", ""), fields["data"]))
    return found


async def told(feed: Feed, last: str, seconds: float = 1.0) -> list[Message]:
    """What a page is told within so long."""
    found = []
    with trio.move_on_after(seconds):
        async with aclosing(feed.told(last)) as messages:
            async for message in messages:
                found += parsed(message)
    return found


def texts(messages: list[Message]) -> list[str]:
    events = [decode(each.data).event for each in messages if each.kind == "entry"]
    return [event.text for event in events if isinstance(event, Heard)]


@asynccontextmanager
async def fed() -> AsyncIterator[tuple[Hub, Feed]]:
    hub = Hub("a-session", trio.current_time)
    feed = Feed(hub.session)
    with hub.watching(10_000, closely=True) as entries:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(feed.follow, entries)
            yield hub, feed
            nursery.cancel_scope.cancel()


def hear(hub: Hub, *numbers: int) -> None:
    for number in numbers:
        hub.publish(Heard(number, f"{number}", "ears"))


async def test_a_page_is_told_what_happens_after_it_asked(
    autojump_clock: MockClock,
) -> None:
    async with fed() as (hub, feed):
        hear(hub, 1, 2)
        await trio.testing.wait_all_tasks_blocked()
        last = feed.last
        hear(hub, 3, 4)
        await trio.testing.wait_all_tasks_blocked()
        assert texts(await told(feed, last)) == ["3", "4"]


async def test_a_page_that_was_away_goes_on_where_it_was(
    autojump_clock: MockClock,
) -> None:
    async with fed() as (hub, feed):
        last, heard = feed.last, []
        for number in range(1, 40):
            hear(hub, number)
            if number % 3 == 0:  # the connection is there for a moment, and is lost
                messages = await told(feed, last, 0.05)
                heard += texts(messages)
                last = messages[-1].id
        heard += texts(await told(feed, last))
        assert heard == [f"{number}" for number in range(1, 40)]


@pytest.mark.parametrize(
    "last", ["", "other-3", "a-session-999", "a-session-x", "a-session--1"]
)
async def test_who_asks_for_what_is_not_known_begins_anew(
    last: str, autojump_clock: MockClock
) -> None:
    async with fed() as (hub, feed):
        hear(hub, 1)
        await trio.testing.wait_all_tasks_blocked()
        (reset,) = await told(feed, last)
        assert reset.kind == "reset"
        assert reset.id == feed.last


async def test_who_was_away_for_too_long_begins_anew(autojump_clock: MockClock) -> None:
    async with fed() as (hub, feed):
        last = feed.last
        hear(hub, *range(1, KEPT + 2))
        await trio.testing.wait_all_tasks_blocked()
        assert [each.kind for each in await told(feed, last)] == ["reset"]


async def test_of_the_level_only_the_latest_is_told(autojump_clock: MockClock) -> None:
    async with fed() as (hub, feed):
        async with trio.open_nursery() as nursery:
            found: list[Message] = []

            async def page() -> None:
                found.extend(await told(feed, feed.last, 2))

            nursery.start_soon(page)
            for number in range(200):
                hub.publish(Level(-float(number), -1.0, -60.0))
                await trio.sleep(0.005)
        levels = [each for each in found if each.kind == "level"]
        assert 5 < len(levels) < 20
        assert decode(levels[-1].data).event == Level(-199.0, -1.0, -60.0)
        assert not [each for each in found if each.id]


async def test_how_everything_is_is_told_when_it_changes(
    autojump_clock: MockClock,
) -> None:
    asked, now = [], READY

    async def standing() -> Standing:
        asked.append(trio.current_time())
        await trio.lowlevel.checkpoint()
        return now

    async with fed() as (_hub, feed), trio.open_nursery() as nursery:
        nursery.start_soon(feed.pulse, standing)
        await trio.sleep(100)
        assert asked == [], "nobody looks"
        found = await told(feed, feed.last, 10)
        assert [each.kind for each in found] == ["standing"]
        now = msgspec.structs.replace(READY, state="speaking")
        found = await told(feed, feed.last, 10)
        assert '"speaking"' in found[-1].data
        nursery.cancel_scope.cancel()


async def test_who_hears_nothing_is_told_that_we_are_still_there(
    autojump_clock: MockClock,
) -> None:
    async with fed() as (hub, feed):
        with trio.move_on_after(100):
            async with aclosing(feed.told(feed.last)) as messages:
                async for message in messages:
                    assert message == b": still here\n\n"
                    hub.publish(Ready("n8n"))
                    break
        assert trio.current_time() < 99
        assert feed.pages == 0
