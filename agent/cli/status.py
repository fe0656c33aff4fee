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
) -> int:
    """Show how the running agent is.

    The exit status is 1 when something it depends on is away, and 3 when no agent is
    running.

    For example:

    tonny-agent status --json
    """
    line = encode(Status())
    return drive(str(data_folder(data_dir)), line, json=json)
