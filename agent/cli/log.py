"""`tonny-agent log`."""

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter, validators

from agent.cli.common import DataDir
from agent.cli.plain import local, plain
from agent.cli.since import moment
from agent.config import folders
from agent.record.history import Remark, Wanted, open_history, recent
from agent.record.rows import Kind
from agent.record.sqlite import DATABASE

_WHO = {"transcription": "You", "response": "Tonny", "tts": "Said", "error": "!"}

Limit = Annotated[
    int,
    Parameter(help="How many rows, the last ones.", validator=validators.Number(gte=1)),
]


_LOOK_EVERY = 0.25
"""Seconds between two looks at what is new: a look takes a millisecond."""

_ALL = 1 << 62


def log(
    *words: str,
    session: Annotated[
        str,
        Parameter(help="Only sessions whose id begins like this.", show_default=False),
    ] = "",
    limit: Limit = 20,
    since: Annotated[
        str | None,
        Parameter(help="Only what is newer: 2h, 3d, yesterday, 2026-11-23."),
    ] = None,
    type: Annotated[  # the name of the option
        Kind | None, Parameter(help="Only rows of this type.")
    ] = None,
    follow: Annotated[
        bool, Parameter(help="Go on with what is said, until Ctrl-C.", negative="")
    ] = False,
    json: Annotated[
        bool,
        Parameter(help="Print rows as they are, one JSON object a line.", negative=""),
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Show the recent conversation, oldest first.

    For example:

    tonny-agent log --limit 50

    tonny-agent log coffee machine --since 3d

    tonny-agent log --type error --follow

    tonny-agent log --session 3f2a --json

    Parameters
    ----------
    words
        Only what has all of these words in it, or the beginning of them; "in quotes" for
        words as they follow one another.
    """
    wanted = Wanted(
        session,
        moment(since) if since is not None else 0.0,
        type or "",
        " ".join(words),
        everything=json,
    )
    path = folders.data_dir(data_dir) / DATABASE
    told = as_json if json else as_text
    remarks = _found(path, wanted, limit)
    if not remarks and not follow:
        print(nothing(wanted), file=sys.stderr if json else sys.stdout)
    arriving = _arriving(path, wanted, remarks) if follow else ()
    with suppress(KeyboardInterrupt):  # how one stops following
        for line in told(chain(remarks, arriving)):
            print(line, flush=follow)
    return 0


def _found(path: Path, wanted: Wanted, limit: int) -> list[Remark]:
    with open_history(path) as record:
        return recent(record, wanted, limit) if record else []


def _arriving(path: Path, wanted: Wanted, shown: list[Remark]) -> Iterator[Remark]:
    """Each remark that is written after *shown*. The record is opened anew for every
    look, so that it may be mended, emptied or replaced meanwhile."""
    latest, pause = (shown[-1].id if shown else 0), threading.Event()
    while True:
        news = msgspec.structs.replace(wanted, after=latest)
        for remark in _found(path, news, _ALL):
            latest = remark.id
            yield remark
        pause.wait(_LOOK_EVERY)


def nothing(wanted: Wanted) -> str:
    """What is said where none of those *wanted* is there."""
    if wanted.words or wanted.type or wanted.since:
        return "Nothing like that was found."
    where = f" in a session {wanted.session}…" if wanted.session else ""
    return f"Nothing has been said{where} yet."


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
