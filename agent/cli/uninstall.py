"""`tonny-agent uninstall`: what Tonny has left on this computer goes away."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent import executable
from agent.cli.common import ConfigPath, DataDir
from agent.config.folders import cache_dir, config_dir
from agent.config.folders import data_dir as data_folder
from agent.config.load import destination
from agent.control.place import places
from agent.desktop import autostart
from agent.desktop.instance import only_instance
from agent.desktop.traces import Trace, remove, traces
from agent.errors import Misconfigured


def uninstall(
    *,
    purge: Annotated[
        bool,
        Parameter(
            help="Remove settings, secrets, record, logs and models.", negative=""
        ),
    ] = False,
    yes: Annotated[bool, Parameter(help="Do not ask whether to.", negative="")] = False,
    config: ConfigPath = None,
    data_dir: DataDir = None,
) -> int:
    """Start Tonny at no log-in any more, and with --purge remove all that it has made.

    The program itself stays: it says how to remove that. While an agent runs it does
    nothing, with exit status 75.

    For example:

    tonny-agent uninstall

    tonny-agent uninstall --purge --yes
    """
    folder = data_folder(data_dir)
    if not folder.is_dir():
        return _uninstall(config, folder, purge=purge, yes=yes)
    with only_instance(folder):
        return _uninstall(config, folder, purge=purge, yes=yes)


def _uninstall(config: Path | None, folder: Path, *, purge: bool, yes: bool) -> int:
    found = _found(config, folder) if purge else []
    if found:
        print("This will be removed for good:")
        print("\n".join(f"  {trace.as_text()}" for trace in found))
        if not (yes or _agreed()):
            print("Nothing was changed.")
            return 1
    farewell = _farewell()  # later the unpacked program may be gone
    for way in autostart.disable(autostart.ways()):
        print(f"It no longer starts at log-in (by {way}).")
    remove(found)
    if found:
        print("All of it is removed.")
    elif purge:
        print("There was nothing to remove.")
    else:
        print("Your settings and the record are kept: --purge removes them.")
    print(farewell)
    return 0


def _found(config: Path | None, folder: Path) -> list[Trace]:
    others = [(cache_dir(), "models")]
    others += [(Path(path), "its socket") for _, path in places(str(folder))]
    settings = destination(config)
    if settings.parent == config_dir():
        others.append((settings.parent, "settings and secrets"))
    else:
        others.append((settings, "settings"))
    return [*traces(folder, _usual(folder), others)]


def _usual(folder: Path) -> Path:
    """Where the record is if nobody names another folder."""
    try:
        return data_folder(environ={})
    except Misconfigured:
        return folder.parent


def _agreed() -> bool:
    """Raises `Misconfigured` where there is nobody to ask."""
    if not sys.stdin.isatty():
        raise Misconfigured("all of this would be removed: if so, add --yes")
    print("Remove all of this? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _farewell() -> str:
    from agent.desktop.autostart.program import this_program

    start = this_program()
    if not executable.COMPILED:
        return "To remove the program itself: pip uninstall tonny-agent"
    path = Path(start.command[0]).resolve()
    if path.is_relative_to("/usr"):
        return "To remove the program itself: apt-get remove tonny-agent"
    return (
        f"To remove the program itself, delete {path if start.single else path.parent}"
    )
