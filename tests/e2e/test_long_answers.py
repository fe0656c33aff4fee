"""A workflow that answers with ten megabytes: as much of it as may be goes through the
whole line, and no more; the agent neither grows with it nor forgets its other work."""

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import trio

from agent.pipeline.answer import CUT_SHORT
from agent.pipeline.deliver import REFUSED
from agent.thinking.webhook import LONGEST_ANSWER
from tests.e2e.running import Agent, started
from tests.standins.web import Asked, Reply, serve_web
from tests.standins.workflow import repeat

BOOK = 10 << 20
"""Bytes."""

ROOM = 32 << 20
"""Bytes that the agent may need for what it takes of the book: some copies of a megabyte,
its sentences, and what the record and whoever watches have not read yet."""

PAGE = [f"This is sentence number {n} of a very long book." for n in range(1, 101)]
EVERYTHING = "Tell me everything."


class Author:
    """Tells everything in a book, all at once or in a *stream*, and answers all else
    briefly; *sent* is how many bytes of the book it got rid of."""

    def __init__(self, *, streams: bool) -> None:
        self.asked = 0
        self.sent = 0
        self._streams = streams

    async def __call__(self, asked: Asked, reply: Reply) -> None:
        if EVERYTHING.encode() not in asked.body:
            await repeat(asked, reply)
            return
        self.asked += 1
        try:
            await reply.begin(content_type="application/json")
            for piece in self._book():
                await reply.add(piece)
                self.sent += len(piece)
            await reply.end()
        except trio.BrokenResourceError:
            pass  # the agent has had enough

    def _book(self) -> Iterator[bytes]:
        page = " ".join([*PAGE, ""])
        pages = BOOK // len(page)
        if self._streams:
            line = json.dumps({"type": "item", "content": page}).encode() + b"\n"
            yield from [line] * pages
        else:
            yield from [b'{"text": "', *[page.encode()] * pages, b'"}']


@asynccontextmanager
async def asking(author: Author, folder: Path, mode: str) -> AsyncIterator[Agent]:
    """An agent that gives *author*'s answers in *mode*, and needs no more than `ROOM` for
    them."""
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_web, author)
        more = {
            "TONNY_TTS__ENGINE": "pico",
            "TONNY_RESPONSE__MODE": mode,
            "TONNY_WORKFLOW__URL": f"{url}/webhook/tonny",
        }
        agent = await started("http://127.0.0.1:1", folder, nursery, **more)
        await agent.say("I am here.")
        await agent.until(event="spoken", text="I am here.")
        before, most = agent.memory, 0

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, agent.memory)
                await trio.sleep(0.02)

        nursery.start_soon(watch)
        yield agent
        assert most - before < ROOM
        nursery.cancel_scope.cancel()


def recorded(folder: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(folder / "data" / "tonny.db")) as db:
        return [found for (found,) in db.execute(query)]


STATES = "SELECT state FROM outbox ORDER BY seq"
ANSWERS = "SELECT content FROM conversations WHERE type = 'response' ORDER BY id"


async def test_one_that_comes_as_a_whole_is_refused_before_it_has_all_come(
    tmp_path: Path, models: Path
) -> None:
    author = Author(streams=False)
    async with asking(author, tmp_path, "voice") as agent:
        await agent.ask(EVERYTHING)
        unanswered = await agent.until(event="unanswered")
        assert "longer than 1024 KiB" in unanswered["reason"]
        await agent.until(event="spoken", text=REFUSED)
        await agent.ask("hello")
        await agent.until(event="spoken", text="You said hello.")
    assert author.asked == 1
    assert author.sent < BOOK
    assert recorded(tmp_path, STATES) == ["refused", "answered"]


async def test_one_that_streams_is_shown_and_recorded_as_far_as_it_may_go(
    tmp_path: Path, models: Path
) -> None:
    author = Author(streams=True)
    async with asking(author, tmp_path, "text") as agent:
        await agent.ask(EVERYTHING)
        answer = await agent.until(event="replied")
        await agent.until(event="shown", text=CUT_SHORT)
        await agent.ask("hello")
        await agent.until(event="shown", text="You said hello.")
    assert author.asked == 1
    assert author.sent < BOOK
    assert author.sent < BOOK
    shown = [each["text"] for each in agent.like(event="shown", turn=answer["turn"])]
    assert " ".join(shown) == answer["text"]
    assert LONGEST_ANSWER * 0.9 < len(answer["text"]) < LONGEST_ANSWER
    assert recorded(tmp_path, STATES) == ["answered", "answered"]
    assert recorded(tmp_path, ANSWERS) == [answer["text"], "You said hello."]


async def test_one_that_streams_is_spoken_until_someone_stops_it(
    tmp_path: Path, models: Path
) -> None:
    author = Author(streams=True)
    async with asking(author, tmp_path, "voice") as agent:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.ask, EVERYTHING)
            await agent.until(event="spoken", text=PAGE[9])
            await agent.order("stop")
            answer = await agent.until(event="replied")
        await agent.ask("hello")
        await agent.until(event="spoken", text="You said hello.")
    assert author.asked == 1
    assert author.sent < BOOK
    assert answer["interrupted"]
    turn = answer["turn"]
    told = [*agent.like(event="spoken", turn=turn)]
    told += agent.like(event="unspoken", turn=turn, reason="stopped")
    words = " ".join(each["text"] for each in told)
    assert len(words) > len(" ".join(PAGE))
    assert answer["text"].startswith(words)
    assert recorded(tmp_path, ANSWERS) == [answer["text"], "You said hello."]
