"""`tonny-agent status`."""

from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.config.folders import data_dir as data_folder
from agent.control.client import drive
from agent.control.commands import Status, encode


def status(
    *,
    data_dir: DataDir = None,
    json: Annotated[
        bool, Parameter(help="Print everything as JSON.", negative="")
    ] = False,
    watch: Annotated[
        bool, Parameter(help="Show it as it changes, until Ctrl-C.", negative="")
    ] = False,
) -> int:
    """Show how the running agent is.

    The exit status is 1 when something it depends on is away, and 3 when no agent is
    running.

    For example:

    tonny-agent status --json

    tonny-agent status --watch
    """
    folder = str(data_folder(data_dir))
    if watch:
        from agent.cli.watch import watch_status

        return watch_status(folder)
    return drive(folder, encode(Status("json" if json else "text")))
