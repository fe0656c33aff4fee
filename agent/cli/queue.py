"""`tonny-agent queue`: the questions that have no answer yet."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import cyclopts
import msgspec
from cyclopts import Parameter
from msgspec.structs import replace

from agent.cli.common import DataDir
from agent.cli.questions import as_table, as_text
from agent.config.folders import data_dir as data_folder
from agent.control.client import NotRunning, ask
from agent.control.commands import RetryQueue, encode
from agent.errors import AgentError, Misconfigured
from agent.record import queue
from agent.record.sqlite import DATABASE

app = cyclopts.App(
    name="queue", help="The questions that wait for an answer, or were given up."
)

Ids = Annotated[
    str, Parameter(help="The id of a question, or the beginning of one; or several.")
]
AsJson = Annotated[bool, Parameter(help="Print JSON, an object a line.", negative="")]
Dead = Annotated[bool, Parameter(help="All that were given up.", negative="")]
Waiting = Annotated[bool, Parameter(help="All that wait.", negative="")]


@app.command(name="list")
def list_(
    *,
    dead: Dead = False,
    waiting: Waiting = False,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """Show what waits and what was given up, the oldest first.

    For example:

    tonny-agent queue list --dead
    """
    with queue.open_queue(_path(data_dir)) as record:
        which = "" if dead == waiting else "dead" if dead else "waiting"
        found = queue.listed(record, which) if record else []
    if json:
        _print_json(found)
    else:
        print("\n".join(as_table(found)) if found else "Nothing is in the queue.")
    return 0


@app.command
def show(id: str, /, *, json: AsJson = False, data_dir: DataDir = None) -> int:
    """Show a question, and every try to have it answered.

    For example:

    tonny-agent queue show 3f2a

    Parameters
    ----------
    id
        Its id, or the beginning of it.
    """
    with queue.open_queue(_path(data_dir)) as record:
        if record is None:
            raise Misconfigured("the queue is empty")
        question = queue.found(record, id)
        tries = queue.tries(record, question.id)
    if json:
        _print_json([{**msgspec.to_builtins(question), "tries": tries}])
    else:
        print("\n".join(as_text(question, tries)))
    return 0


@app.command
def retry(
    *ids: Ids, dead: Dead = False, json: AsJson = False, data_dir: DataDir = None
) -> int:
    """Ask again: a running agent does so at once, another when it starts.

    Without an id, whatever waits is tried now.

    For example:

    tonny-agent queue retry --dead
    """
    with queue.open_queue(_path(data_dir)) as record:
        chosen = _chosen(record, ids, "dead" if dead else "")
        if record is not None:
            queue.retry(record, [question.id for question in chosen])
    when = "now"
    try:
        ask(str(data_folder(data_dir)), encode(RetryQueue()))
    except NotRunning:
        when = "when tonny-agent runs again"
    except AgentError as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
    if json:
        _print_json(replace(each, state="pending", attempts=0) for each in chosen)
    elif ids or dead:
        print(f"{_counted(len(chosen))} will be asked again {when}.")
    else:
        print(f"Whatever waits will be tried {when}.")
    return 0


@app.command
def drop(
    *ids: Ids,
    dead: Dead = False,
    waiting: Waiting = False,
    yes: Annotated[bool, Parameter(help="Do not ask whether to.", negative="")] = False,
    json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """Forget questions for good.

    For example:

    tonny-agent queue drop 3f2a --data-dir ./data

    tonny-agent queue drop --dead --yes
    """
    if not (ids or dead or waiting):
        raise Misconfigured("which ones: give ids, --dead or --waiting")
    which = "all" if dead and waiting else "dead" if dead else "waiting" * waiting
    with queue.open_queue(_path(data_dir)) as record:
        chosen = _chosen(record, ids, which)
    # The record is not held open while someone makes up their mind.
    if which and chosen and not (yes or _agreed(len(chosen))):
        return 1
    with queue.open_queue(_path(data_dir)) as record:
        if record is not None:
            queue.drop(record, [question.id for question in chosen])
    if json:
        _print_json(chosen)
    else:
        print(f"{_counted(len(chosen))} forgotten.")
    return 0


def _agreed(number: int) -> bool:
    """Raises `Misconfigured` where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise Misconfigured(f"{_counted(number)} would be forgotten: if so, add --yes")
    print(f"Forget {_counted(number)} for good? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@app.command
def export(file: Path, /, *, force: bool = False, data_dir: DataDir = None) -> int:
    """Write all of it to a file that only you can read, as JSON lines.

    For example:

    tonny-agent queue export questions.jsonl

    Parameters
    ----------
    file
        The file to make, or "-" for standard output.
    force
        Replace the file if it is there.
    """
    with queue.open_queue(_path(data_dir)) as record:
        found = queue.listed(record) if record else []
    if str(file) == "-":
        _print_json(found)
        return 0
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(file, flags, 0o600), "wb") as out:
            out.writelines(_lines(found))
    except FileExistsError:
        raise Misconfigured(f"{file} is there already: --force replaces it") from None
    except OSError as exc:
        raise Misconfigured(f"{file} cannot be written ({exc.strerror})") from exc
    print(f"{_counted(len(found))} written to {file}.")
    return 0


def _chosen(record: Any, ids: Iterable[str], which: str) -> list[queue.Queued]:
    if record is None:
        if [*ids]:
            raise Misconfigured("the queue is empty")
        return []
    named = [queue.found(record, each) for each in ids]
    if not which:
        return named
    return [*named, *queue.listed(record, "" if which == "all" else which)]


def _path(data_dir: Path | None) -> Path:
    return data_folder(data_dir) / DATABASE


def _counted(number: int) -> str:
    return f"{number} question{'s' * (number != 1)}"


def _lines(found: Iterable[object]) -> Iterable[bytes]:
    return (msgspec.json.encode(each) + b"\n" for each in found)


def _print_json(found: Iterable[object]) -> None:
    sys.stdout.write(b"".join(_lines(found)).decode())
