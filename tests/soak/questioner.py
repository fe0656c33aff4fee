"""Asks question after question through the real outbox and webhook, until it is killed.

``python -m tests.soak.questioner FOLDER URL FIRST COUNT`` keeps COUNT questions, numbered
from FIRST, prints the number of each once it is durable, and delivers them and whatever
earlier runs left behind; ``done`` when nothing waits any more.
"""

import sys
from functools import partial
from pathlib import Path

import msgspec
import trio

from agent.app.session import Session, open_session
from agent.app.thoughts import thinking_of
from agent.app.tools import minds
from agent.commands import Command, Unknown
from agent.config import Config
from agent.config.settings import Log, Workflow
from agent.events import Heard
from agent.floor import Floor
from agent.pipeline import Line
from agent.pipeline.think import think
from agent.ports import Question
from agent.record.outbox import StoredOutbox
from agent.record.seen import StoredSeen


def _nobody(_command: Command | Unknown) -> None:
    """Listens to commands."""


class Telling(StoredOutbox):
    """Tells on standard output what is durable."""

    kept = 0

    async def keep(self, question: Question) -> None:
        await super().keep(question)
        self.kept += 1
        print(question.text, flush=True)


async def main(folder: Path, url: str, first: int, count: int) -> None:
    config = Config(
        workflow=Workflow(url=url, deadline=2.0, speak_within=3600.0, attempts=1000),
        log=Log(file=False),
    )
    async with open_session(folder, config) as session:
        await _talk(config, session, range(first, first + count))
    print("done", flush=True)


async def _talk(config: Config, session: Session, numbers: range) -> None:
    send, heard = trio.open_memory_channel[Heard](10_000)
    to_speak, lines = trio.open_memory_channel[Line](0)
    for turn, number in enumerate(numbers, 1):
        send.send_nowait(Heard(turn, f"{number}", "keyboard", source="text"))
    publish = session.hub.publish
    seen = StoredSeen(session.store)
    async with (
        minds(config, publish, seen, _nobody) as ladder,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(_listen, lines)
        outbox = Telling(session.store, room=100_000)
        tools = msgspec.structs.replace(
            thinking_of(config, session, ladder, Floor(), _nobody),
            outbox=outbox,
            adopt_after=0.0,  # whoever asked before is dead for sure
        )
        nursery.start_soon(partial(think, heard, tools, to_speak, publish))
        # Nobody tells when all is settled.
        while outbox.kept < len(numbers) or await outbox.pending(1):  # noqa: ASYNC110
            await trio.sleep(0.01)
        nursery.cancel_scope.cancel()


async def _listen(lines: trio.MemoryReceiveChannel[Line]) -> None:
    async for _ in lines:
        pass


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
