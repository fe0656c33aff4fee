"""`tonny-agent export`: the conversation, for other programs and for people."""

import csv
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, TextIO, TypeAlias

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.cli.log import as_json, nothing
from agent.cli.plain import local, plain
from agent.cli.since import moment
from agent.config import folders
from agent.errors import Misconfigured
from agent.record.history import Remark, Wanted, open_history, throughout
from agent.record.rows import Kind
from agent.record.sqlite import DATABASE

Format: TypeAlias = Literal["jsonl", "csv", "md"]

_COLUMNS = ("id", "session_id", "timestamp", "type", "content")
_WHO = {
    "transcription": "You",
    "response": "Tonny",
    "tts": "Said",
    "error": "Error",
    "system": "System",
}
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet may compute: full-width signs are signs, too."""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&!$]|^[-+=]")
_NUMBER = re.compile(r"^(\d+)([.)])")


def export(
    file: Path | None = None,
    /,
    *,
    format: Annotated[  # the name of the option
        Format, Parameter(help="JSON lines, a table, or text to read.")
    ] = "jsonl",
    since: Annotated[
        str | None,
        Parameter(help="Only what is newer: 2h, 3d, yesterday, 2026-11-23."),
    ] = None,
    type: Annotated[  # the name of the option
        Kind | None, Parameter(help="Only rows of this type.")
    ] = None,
    force: Annotated[
        bool, Parameter(help="Replace FILE if it is there.", negative="")
    ] = False,
    data_dir: DataDir = None,
) -> int:
    """Write the conversation to a file that only you can read, oldest first.

    JSON lines hold all that is known of a row. In a table, no cell is a formula: what
    would be one begins with an apostrophe. Text to read leaves out what was said aloud
    where it repeats the answer.

    For example:

    tonny-agent export conversation.md --format md --since 7d

    tonny-agent export --format csv --type transcription

    Parameters
    ----------
    file
        The file to make; without it, or with "-", standard output.
    """
    wanted = Wanted(
        since=moment(since) if since is not None else 0.0,
        type=type or "",
        everything=format != "md",
    )
    path = folders.data_dir(data_dir) / DATABASE
    number = 0

    def counted() -> Iterator[Remark]:
        nonlocal number
        for remark in _found(path, wanted):
            number += 1
            yield remark

    lines = _FORMATS[format](counted())
    if file is None or str(file) == "-":
        _print(lines)
        if not number:
            print(nothing(wanted), file=sys.stderr)
        return 0
    with _new(file, force=force) as out:
        out.writelines(lines)
    print(f"{number} row{'s' * (number != 1)} written to {file}.")
    return 0


def _found(path: Path, wanted: Wanted) -> Iterator[Remark]:
    with open_history(path) as record:
        if record is not None:
            yield from throughout(record, wanted)


def _print(lines: Iterable[str]) -> None:
    """In UTF-8 and with the ends of lines that they have, wherever it leads."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    sys.stdout.writelines(lines)
    sys.stdout.flush()


@contextmanager
def _new(file: Path, *, force: bool) -> Iterator[TextIO]:
    """To be written: *file*, or what replaces it when all is written.

    Raises `Misconfigured` where something is there, or where it cannot be written.
    """
    try:
        if force:
            if file.exists() and not file.is_file():
                raise Misconfigured(f"{file} is no file that could be replaced")
            descriptor, name = tempfile.mkstemp(".new", ".", file.resolve().parent)
            fresh = Path(name)
        else:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            fresh = file
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
                yield out
            if force:
                fresh.replace(file.resolve())  # a link stays one
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    except FileExistsError:
        raise Misconfigured(f"{file} is there already: --force replaces it") from None
    except OSError as exc:
        raise Misconfigured(f"{file} cannot be written ({exc.strerror})") from exc


def as_jsonl(remarks: Iterable[Remark]) -> Iterator[str]:
    """Rows as `tonny-agent log --json` prints them."""
    return (f"{line}\n" for line in as_json(remarks))


def as_csv(remarks: Iterable[Remark]) -> Iterator[str]:
    """A table with a heading, as RFC 4180 has it; nothing in it is a formula."""
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    writer.writerow(_COLUMNS)
    yield line.getvalue()
    for remark in remarks:
        line.seek(0)
        line.truncate()
        writer.writerow(_harmless(str(getattr(remark, name))) for name in _COLUMNS)
        yield line.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def as_markdown(remarks: Iterable[Remark]) -> Iterator[str]:
    """A conversation by session and day, in local time."""
    yield "# Conversation\n"
    session = day = None
    for remark in remarks:
        today, at = local(remark.timestamp).split()
        if remark.session_id != session:
            session, day = remark.session_id, None
            yield f"\n## Session {_escaped(session)}\n"
        if today != day:
            day = today
            yield f"\n### {day}\n"
        yield f"\n{at} **{_WHO[remark.type]}:** {_escaped(remark.content)}\n"


def _escaped(text: str) -> str:
    """*text* so that Markdown shows it as it is: line by line, without empty ones."""
    lines = filter(None, (plain(line) for line in text.splitlines()))
    marked = (_MARKUP.sub(r"\\\g<0>", line) for line in lines)
    return "\\\n".join(_NUMBER.sub(r"\1\\\2", line) for line in marked)


_FORMATS: dict[Format, Callable[[Iterable[Remark]], Iterator[str]]] = {
    "jsonl": as_jsonl,
    "csv": as_csv,
    "md": as_markdown,
}
