"""Keeps utterances one by one and prints the id of each once it is durable.

``python -m tests.record.hoarder FOLDER``
"""

import itertools
import sys
from pathlib import Path

import trio

from agent.record.spool import Note, Spool


async def main(folder: Path) -> None:
    spool = await Spool.open(folder, keep_mb=50)
    for turn in itertools.count(1):
        note = Note(spool.new_id(turn), turn, "hoarder", said_at=turn)
        await spool.keep(bytes([turn % 256]) * 20_000, note)
        print(note.id, flush=True)


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
