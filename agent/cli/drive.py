"""`tonny-agent mute`, `unmute`, `listen`, `reload` and `shutdown`: for a running agent."""

from typing import Annotated, Literal

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.config.folders import data_dir as data_folder
from agent.control.client import drive
from agent.control.commands import (
    Command,
    Listen,
    Reload,
    SetMute,
    Shutdown,
    encode,
)


def mute(*, data_dir: DataDir = None) -> int:
    """Close the microphone of the running agent, until `tonny-agent unmute`.

    It is really closed: no program hears anything by Tonny. The exit status is 3 when no
    agent is running.

    For example:

    tonny-agent mute
    """
    return _tell(SetMute(), data_dir)


def unmute(*, data_dir: DataDir = None) -> int:
    """Open the microphone of the running agent again.

    The exit status is 3 when no agent is running.

    For example:

    tonny-agent unmute
    """
    return _tell(SetMute(on=False), data_dir)


def listen(
    action: Annotated[
        Literal["start", "stop", "toggle"], Parameter(help="Begin, end, or the other.")
    ],
    /,
    *,
    data_dir: DataDir = None,
) -> int:
    """Have the running agent listen for an utterance now, in whatever mode.

    It ends by itself when you have spoken, or with stop. The exit status is 3 when no
    agent is running.

    For example:

    tonny-agent listen start
    """
    return _tell(Listen(action), data_dir)


def reload(*, data_dir: DataDir = None) -> int:
    """Have the running agent read agent.toml again.

    What can be changed while it runs takes effect, and what needs a new start is named.
    A file that is wrong changes nothing. The signal SIGHUP does the same. The exit
    status is 3 when no agent is running.

    For example:

    tonny-agent reload
    """
    return _tell(Reload(), data_dir)


def shutdown(*, data_dir: DataDir = None) -> int:
    """End the running agent.

    The exit status is 3 when no agent is running.

    For example:

    tonny-agent shutdown
    """
    return _tell(Shutdown(), data_dir)


def _tell(command: Command, data_dir: DataDir) -> int:
    return drive(str(data_folder(data_dir)), encode(command))
