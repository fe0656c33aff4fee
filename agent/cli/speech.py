"""`tonny-agent stop`, `pause`, `resume`, `skip` and `set`: for an agent that is speaking."""

from typing import Annotated, Literal

from cyclopts import Parameter

from agent.cli.common import DataDir
from agent.config.folders import data_dir as data_folder
from agent.control.client import drive
from agent.control.commands import Adopt, Hush, encode


def stop(*, data_dir: DataDir = None) -> int:
    """Say nothing more of all that the running agent has to say.

    The exit status is 3 when no agent is running.

    For example:

    tonny-agent stop
    """
    return _hush("stop", data_dir)


def pause(*, data_dir: DataDir = None) -> int:
    """Have the running agent be silent, until `tonny-agent resume`.

    The exit status is 3 when no agent is running.

    For example:

    tonny-agent pause
    """
    return _hush("pause", data_dir)


def resume(*, data_dir: DataDir = None) -> int:
    """Have the running agent go on where `tonny-agent pause` stopped it.

    The exit status is 3 when no agent is running.

    For example:

    tonny-agent resume
    """
    return _hush("resume", data_dir)


def skip(*, data_dir: DataDir = None) -> int:
    """Have the running agent go on with the next text that it has to say.

    The exit status is 3 when no agent is running.

    For example:

    tonny-agent skip
    """
    return _hush("skip", data_dir)


def set_(
    name: Annotated[
        str,
        Parameter(
            help="audio.mode, response.mode, stt.server, tts.pitch, tts.speed or tts.volume."
        ),
    ],
    value: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    data_dir: DataDir = None,
) -> int:
    """Change a setting of the running agent, until it ends.

    It takes effect at once, also in the middle of a sentence. The exit status is 3 when
    no agent is running.

    For example:

    tonny-agent set tts.volume -6

    tonny-agent set tts.speed 1.3

    tonny-agent set response.mode text

    Parameters
    ----------
    value
        What it is to be.
    """
    return drive(str(data_folder(data_dir)), encode(Adopt(name, value)))


def _hush(action: Literal["stop", "pause", "resume", "skip"], data_dir: DataDir) -> int:
    return drive(str(data_folder(data_dir)), encode(Hush(action)))
