"""`tonny-agent mode`."""

from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.config.folders import data_dir as data_folder
from agent.config.settings import Mode
from agent.control.client import drive
from agent.control.commands import SetMode, encode


def mode(
    mode: Annotated[Mode, Parameter(help="When to listen.")],
    /,
    *,
    data_dir: DataDir = None,
) -> int:
    """Change when the running agent listens, until it ends.

    With voice it is whenever someone speaks, with continuous always, and with ptt
    (push-to-talk) while the key is down. The setting is audio.mode. The exit status
    is 3 when no agent is running.

    For example:

    tonny-agent mode ptt
    """
    return drive(str(data_folder(data_dir)), encode(SetMode(mode)))
