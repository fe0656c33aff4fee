"""A fixed script of the outbox: keeps, tries and settles questions, and prints what is
durable.

``python -m tests.record.keeper PATH``
"""

import sys
from pathlib import Path

import trio

from agent.ports import Question
from agent.record.outbox import StoredOutbox
from agent.record.store import open_store

COUNT = 6


async def main(path: Path) -> None:
    async with open_store(path) as store:
        outbox = StoredOutbox(store, room=100)
        for number in range(COUNT):
            name = f"q{number}"
            await outbox.keep(Question(name, number, "s", name, asked_at=1.0))
            print(f"kept {name}", flush=True)
            if number % 2:
                await outbox.attempted(name, "HTTP 503", counts=True)
                await outbox.settle(name, "answered")
                print(f"settled {name}", flush=True)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
