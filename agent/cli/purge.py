"""`tonny-agent purge`: what was said is erased."""

import sys
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import DataDir, data_folder
from agent.cli.since import moment
from agent.desktop.instance import only_instance
from agent.errors import Misconfigured
from agent.record.purge import Erased, Extent, erase, found
from agent.record.sqlite import DATABASE


def purge(
    *,
    before: Annotated[
        str | None,
        Parameter(help="Only what is older: 2h, 3d, yesterday, 2026-11-23."),
    ] = None,
    all: Annotated[  # the name of the option
        bool,
        Parameter(help="The questions that wait for an answer, too.", negative=""),
    ] = False,
    yes: Annotated[bool, Parameter(help="Do not ask whether to.", negative="")] = False,
    data_dir: DataDir = None,
) -> int:
    """Erase what was said, and what was answered, so that nothing of it is left.

    That is the conversation, what happened, what was tried, what waits to be published
    and to be transcribed; and, whatever their age, the sounds that ElevenLabs has made,
    the logs, the backups, and damaged records that were moved aside. Latencies and other
    figures stay. End a running agent first: while one runs nothing is done, with exit
    status 75.

    For example:

    tonny-agent purge

    tonny-agent purge --before 30d

    tonny-agent purge --all --yes
    """
    if before is not None and all:
        raise Misconfigured("either --before WHEN or --all: --all is everything")
    extent = Extent(None if before is None else moment(before, "--before"), all)
    folder = data_folder(data_dir)
    record = folder / DATABASE
    with only_instance(folder):
        there = found(record, extent, _others())
        if not (there.rows or there.files):
            print("There is nothing to erase.")
            return 0
        if not (yes or _agreed(there)):
            print("Nothing was changed.")
            return 1
        done = erase(record, extent, _others())
    print(f"Erased: {_counted(done)}.")
    return 0


def _others() -> tuple[str, ...]:
    """What holds words, or their sound, beside the record."""
    from agent.logs import FILE
    from agent.speaking.elevenlabs.cache import FOLDER as SOUNDS

    return (f"{FILE}*", f"{SOUNDS}/*")


def _agreed(there: Erased) -> bool:
    """Raises `Misconfigured` where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise Misconfigured(
            f"{_counted(there)} would be erased for good: if so, add --yes"
        )
    print(f"Erase {_counted(there)} for good? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _counted(found: Erased) -> str:
    return f"{found.rows} rows of the record and {found.files} files"
