"""`tonny-agent dashboard`."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.config.folders import data_dir as data_folder
from agent.control.client import NOT_RUNNING, NotRunning, ask
from agent.control.commands import Done, Failed, OpenDashboard, decode_reply, encode
from agent.errors import AgentError

UNAVAILABLE = 69

_DOOR = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<title>Tonny</title>
<a href="{address}">Tonny's dashboard</a>
"""


def dashboard(
    *,
    browser: Annotated[
        bool, Parameter(help="Open it, rather than only print where it is.")
    ] = True,
    data_dir: DataDir = None,
) -> int:
    """Open the running agent's page in the browser.

    The address that is printed lets one browser in, within two minutes. Where
    dashboard.enabled is false, the page is there until the agent ends.

    For example:

    tonny-agent dashboard --no-browser
    """
    folder = data_folder(data_dir)
    try:
        reply = decode_reply(ask(str(folder), encode(OpenDashboard())))
    except AgentError as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return NOT_RUNNING if isinstance(exc, NotRunning) else UNAVAILABLE
    match reply:
        case Done(address):
            print(address)
            if browser and _has_screen():
                _open(folder / "dashboard.html", address)
            return 0
        case Failed(reason=reason):
            print(f"tonny-agent: {reason}", file=sys.stderr)
            return UNAVAILABLE
        case _:
            raise TypeError(f"not an address: {reply}")


def _has_screen() -> bool:
    """Otherwise a browser of the terminal might be found, and wait there."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or sys.platform == "darwin" or bool(os.environ.get("BROWSER"))


def _open(file: Path, address: str) -> None:
    """By a file that only its user can read: whoever else is on this computer sees what
    programs are started with."""
    import webbrowser

    file.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(file, flags, 0o600), "w", encoding="utf-8") as door:
        door.write(_DOOR.format(address=address))
    webbrowser.open(file.as_uri())
