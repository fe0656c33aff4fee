"""An n8n workflow by itself: a question in, an answer out, whole or as it comes."""

import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import trio

from agent.api.settings import configure
from agent.app.seen import SeenNow
from agent.app.tools import minds
from agent.app.voices import to_no_one
from agent.commands import Command, Unknown
from agent.errors import unwrapped
from agent.ports import Mind, Part, Question


class Answer(msgspec.Struct, frozen=True):
    """What a workflow answered: *text* to say, and *commands* that came with it."""

    text: str
    commands: tuple[Command, ...] = ()


class Workflow:
    """Asks one workflow; made by `open_n8n`. Its questions are one session, numbered
    from 1, which the workflow may use to remember what was said."""

    def __init__(self, mind: Mind) -> None:
        self._mind = mind
        self._session = uuid.uuid4().hex
        self._turn = 0

    async def ask(self, text: str) -> Answer:
        """The whole answer to *text*.

        Raises `Unavailable` when the workflow is away or too slow, and `Refused` when it
        fails, refuses, or answers with nonsense. Nothing is kept or tried again.
        """
        said: list[str] = []
        commands: list[Command] = []
        async with self.stream(text) as parts:
            async for part in parts:
                if isinstance(part, str):
                    said.append(part)
                elif not isinstance(part, Unknown):
                    commands.append(part)
        return Answer("".join(said).strip(), tuple(commands))

    @trio.as_safe_channel
    async def stream(self, text: str) -> AsyncGenerator[Part, None]:
        """The answer as it comes: pieces of text, and commands between them. Raises as
        `ask` does."""
        self._turn += 1
        question = Question(
            str(uuid.uuid4()), self._turn, self._session, text, time.time(), "text"
        )
        async with self._mind.answer(question) as parts:
            async for part in parts:
                yield part


@asynccontextmanager
async def open_n8n(url: str, **workflow: object) -> AsyncIterator[Workflow]:
    """The workflow behind the webhook at *url*; *workflow* are settings of
    ``[workflow]``, such as ``auth="bearer", token="…"``.

    Raises `Misconfigured` for settings that cannot be meant.
    """
    config = configure(workflow={"url": url, **workflow})
    with unwrapped():
        async with minds(config, to_no_one, SeenNow(), _unasked) as ladder:
            yield Workflow(ladder.rungs[0].tool)


def _unasked(command: Command | Unknown) -> None:
    """What a workflow wants by itself is for an agent, not for a client."""
