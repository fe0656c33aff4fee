"""`tonny-agent config edit`: the configuration in an editor, and looked at afterwards."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from agent.cli.common import ConfigPath
from agent.config.document import contents
from agent.config.load import destination, load
from agent.config.template import template, write
from agent.errors import Misconfigured, Unavailable

_EDITORS = ("sensible-editor", "editor", "nano", "vi")


def edit(*, config: ConfigPath = None) -> int:
    """Open agent.toml in $VISUAL or $EDITOR, and put it in place if it is right.

    When something is wrong it says what, and offers to edit again; what was there
    before stays in force.

    For example:

    tonny-agent config edit
    """
    path = Path(os.path.realpath(destination(config)))  # a link stays one
    there = path.exists()
    before = contents(path)[0].decode("utf-8", "replace") if there else template()
    copy = path.with_name(f".edited-{os.getpid()}-{path.name}")
    write(before, copy)
    try:
        while True:
            _let_edit(copy)
            after = contents(copy)[0].decode("utf-8", "replace")
            if after == before:
                print("Nothing was changed.")
                return 0
            if (wrong := _wrong(copy, path)) is None:
                write(after, path)
                print(f"{path} is written.")
                return 0
            print(f"tonny-agent: {wrong}", file=sys.stderr)
            if not _again():
                kept = "as it was" if there else "unwritten"
                print(f"{path} is left {kept}.", file=sys.stderr)
                return 78
    finally:
        copy.unlink(missing_ok=True)


def _let_edit(file: Path) -> None:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    found = next(filter(shutil.which, _EDITORS), None)
    command = shlex.split(named) if named else [found] if found else []
    if not command:
        raise Unavailable("there is no editor: name one in EDITOR")
    try:
        done = subprocess.run([*command, str(file)], check=False)
    except OSError as exc:
        raise Unavailable(f"{command[0]} does not start: {exc.strerror}") from exc
    if done.returncode:
        raise Unavailable(
            f"{command[0]} ended with status {done.returncode}: nothing was changed"
        )


def _wrong(copy: Path, path: Path) -> str | None:
    """What is wrong with *copy*, told as if it were *path* already."""
    try:
        load(copy)
    except Misconfigured as exc:
        return str(exc).replace(str(copy), str(path))
    return None


def _again() -> bool:
    if not sys.stdin.isatty():
        return False
    print("Edit it again? [Y/n] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"", "y", "yes"}
