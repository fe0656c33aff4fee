"""`tonny-agent log`."""

import sys
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec
from cyclopts import Parameter, validators

from agent.cli.common import DataDir
from agent.cli.plain import local, plain
from agent.config import folders
from agent.record.history import Remark, open_history, recent
from agent.record.sqlite import DATABASE

_WHO = {"transcription": "You", "response": "Tonny", "tts": "Said", "error": "!"}

Limit = Annotated[
    int,
    Parameter(help="How many rows, the last ones.", validator=validators.Number(gte=1)),
]


def log(
    *,
    session: Annotated[
        str,
        Parameter(help="Only sessions whose id begins like this.", show_default=False),
    ] = "",
    limit: Limit = 20,
    json: Annotated[
        bool,
        Parameter(help="Print rows as they are, one JSON object a line.", negative=""),
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Show the recent conversation, oldest first.

    For example:

    tonny-agent log --limit 50

    tonny-agent log --session 3f2a --json
    """
    with open_history(folders.data_dir(data_dir) / DATABASE) as record:
        remarks = recent(record, session, limit, everything=json) if record else []
    if not remarks:
        where = f" in a session {session}…" if session else ""
        print(
            f"Nothing has been said{where} yet.",
            file=sys.stderr if json else sys.stdout,
        )
    for line in as_json(remarks) if json else as_text(remarks):
        print(line)
    return 0


def as_json(remarks: Iterable[Remark]) -> Iterator[str]:
    """Rows of `conversations`, with their metadata as an object."""
    for remark in remarks:
        row = msgspec.structs.asdict(remark)
        del row["seconds"]
        yield msgspec.json.encode(row).decode()


def as_text(remarks: Iterable[Remark]) -> Iterator[str]:
    """A table: local time, who, what, and how long an answer took to begin."""
    session = ""
    for remark in remarks:
        if remark.session_id != session:
            session = remark.session_id
            yield f"-- session {plain(session)}"
        who = _WHO.get(remark.type, "")
        took = "" if remark.seconds is None else f"   ({remark.seconds:.1f} s)"
        text = plain(remark.content)
        yield f"{local(remark.timestamp)}  {who:5}  {text}{took}".rstrip()
