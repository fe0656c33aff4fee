"""`tonny-agent config init`: agent.toml for the first time, or anew."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import ConfigPath
from agent.config.load import destination
from agent.errors import Misconfigured

Force = Annotated[
    bool, Parameter(help="Write over a file that is there already.", negative="")
]


def init(
    *,
    config: ConfigPath = None,
    force: Force = False,
    yes: Annotated[
        bool, Parameter(help="Ask nothing: write the defaults.", negative="")
    ] = False,
) -> int:
    """Write agent.toml: every setting, with a sentence about it.

    On a terminal it asks a few questions first, and tries each answer: the microphone,
    WhisperLiveKit, n8n, and the key to ElevenLabs, which goes to the other secrets.

    For example:

    tonny-agent config init

    tonny-agent config init --yes --config ./agent.toml --force
    """
    from agent.config.template import template

    path = destination(config)
    if yes or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return write_new(template(), path, force=force)
    try:
        return _ask_and_write(path, force=force)
    except (KeyboardInterrupt, EOFError):
        print("\nNothing was written.", file=sys.stderr)
        return 130


def _ask_and_write(path: Path, *, force: bool) -> int:
    from agent.cli.interview import agreed, interview
    from agent.cli.secrets import keep
    from agent.config.folders import data_dir
    from agent.config.secrets import FILE
    from agent.config.template import filled

    there = path.is_symlink() or path.exists()
    if there and not (force or agreed(f"{path} is there already. Write it anew?")):
        print(f"{path} is left as it was.")
        return 1
    answers = interview(_before(path) if there else {}, data_dir())
    status = write_new(filled(answers.settings, {}), path, force=there)
    for name, secret in answers.secrets.items():
        keep(name, secret, path.with_name(FILE))
        print(f"{name} is kept in {path.with_name(FILE)}.")
    print("Now: tonny-agent run")
    return status


def _before(path: Path) -> dict[str, object]:
    """What was set; nothing where that cannot be read."""
    from agent.config.document import read
    from agent.config.load import load

    try:
        load(path)
        return {name: one.value for name, one in read(path).settings().items()}
    except Misconfigured:
        return {}


def write_new(text: str, path: Path, *, force: bool) -> int:
    """The exit status: 1 when something is there already."""
    from agent.config.template import write

    if not force and (path.is_symlink() or path.exists()):
        print(
            f"tonny-agent: {path} is there already, and was left as it is;"
            " --force writes over it",
            file=sys.stderr,
        )
        return 1
    write(text, path)
    print(f"{path} is written.")
    return 0
