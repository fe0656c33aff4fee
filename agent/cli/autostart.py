"""`tonny-agent autostart`: Tonny starts when its user logs in, or no longer does."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir
from agent.config.folders import data_dir as data_folder
from agent.desktop import autostart
from agent.desktop.autostart import Standing
from agent.desktop.autostart.program import Start, this_program
from agent.desktop.laststart import LastStart, last_start

app = cyclopts.App(
    name="autostart",
    help="Start Tonny whenever you log in, or no longer do.",
    help_format="plaintext",
)

AsJson = Annotated[bool, Parameter(help="Print JSON.", negative="")]


@app.command
def enable(
    *, config: ConfigPath = None, data_dir: DataDir = None, json: AsJson = False
) -> int:
    """Start Tonny at every log-in from now on.

    Your systemd does that where there is one, and starts it again should it fail;
    otherwise your desktop does. --config and --data-dir are for each of these starts.

    For example:

    tonny-agent autostart enable
    """
    start = _start(config, data_dir)
    by, place = autostart.enable(start, autostart.ways())
    for warning in _unknown_then():
        print(f"tonny-agent: {warning}", file=sys.stderr)
    if json:
        print(msgspec.json.encode({"by": by, "file": place}).decode())
        return 0
    print(f"Tonny will start when you log in: {place}")
    if by == "systemd":
        print("To start it now: systemctl --user start tonny-agent")
    return 0


@app.command
def disable(*, json: AsJson = False) -> int:
    """Start Tonny at no log-in any more; one that runs goes on.

    For example:

    tonny-agent autostart disable
    """
    removed = autostart.disable(autostart.ways())
    if json:
        print(msgspec.json.encode({"removed": removed}).decode())
    elif removed:
        print("Tonny will no longer start when you log in.")
    else:
        print("Tonny did not start when you log in anyway.")
    return 0


@app.command
def status(*, data_dir: DataDir = None, json: AsJson = False) -> int:
    """Tell what starts at log-in, whether that is this program, and how it went last time.

    The exit status is 1 when something is wrong with it.

    For example:

    tonny-agent autostart status --json
    """
    found = autostart.standing(this_program(), autostart.ways())
    last = last_start(data_folder(data_dir))
    if json:
        print(as_json(found, last))
    else:
        print("\n".join(as_text(found, last)))
    failed = found.enabled and last is not None and last.outcome == "failed"
    return 1 if found.problem or failed else 0


def as_json(found: Standing, last: LastStart | None) -> str:
    told = msgspec.to_builtins(last) | {"outcome": last.outcome} if last else None
    return msgspec.json.encode(
        msgspec.to_builtins(found) | {"last_start": told}
    ).decode()


def as_text(found: Standing, last: LastStart | None) -> Iterator[str]:
    if found.by is None:
        yield "Tonny does not start when you log in: tonny-agent autostart enable"
    else:
        yield f"{'enabled' if found.enabled else 'disabled'}, by {found.by}: {found.file}"
        if found.command:
            yield f"  starts      {' '.join(found.command)}"
        if found.manager:
            yield f"  is          {found.manager}"
        if found.problem:
            yield f"  problem     {found.problem}"
    if last is not None:
        yield f"  last start  {last.as_text()}"


def _start(config: Path | None, data_dir: Path | None) -> Start:
    """What holds here has to hold then: log-in knows nothing of this shell."""
    config = config or _named("TONNY_CONFIG")
    data_dir = data_dir or _named("TONNY_DATA_DIR")
    given = ["run", "--at-login"]
    if config is not None:
        given += ["--config", str(config.absolute())]
    if data_dir is not None:
        given += ["--data-dir", str(data_dir.absolute())]
    return this_program().given(*given)


def _named(variable: str) -> Path | None:
    return Path(found) if (found := os.environ.get(variable)) else None


def _unknown_then() -> Iterator[str]:
    known = {"TONNY_CONFIG", "TONNY_DATA_DIR"}
    for name in sorted(os.environ):
        if name.startswith("TONNY_") and name not in known:
            yield f"{name} is set here, and will not be when you log in"
