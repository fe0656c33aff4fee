"""`tonny-agent ptt`, for those who ask about it; `agent.control.client` does the rest."""

from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.config.folders import data_dir as data_folder
from agent.control.client import drive
from agent.control.commands import Action, Ptt, encode

Key = Annotated[Action, Parameter(help="What the key does.")]


def ptt(action: Key, /, *, data_dir: DataDir = None) -> int:
    """Tell the running agent that the key to talk is pressed, released, or toggled.

    Bind it to a shortcut of your desktop: those tell of the press only, so toggle is
    the one to use, and what it begins ends by itself when you have spoken. The exit
    status is 3 when no agent is running.

    For example:

    tonny-agent ptt toggle
    """
    return drive(str(data_folder(data_dir)), encode(Ptt(action)))
