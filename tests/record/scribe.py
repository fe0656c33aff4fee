"""Writes events one by one and prints the number of each once it is durable.

``python -m tests.record.scribe PATH SESSION COUNT``
"""

import sys
from pathlib import Path

import trio

from agent.events import Entry, Heard
from agent.record.store import open_store
from tests.record.conversations import NOON


async def main(path: Path, session: str, count: int) -> None:
    async with open_store(path) as store:
        for turn in range(count):
            heard = Heard(turn, f"question {turn}", "keyboard", source="text")
            await store.write([Entry(NOON + turn, session, heard)])
            print(turn, flush=True)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
