"""`tonny-agent run` and `tonny-agent demo`."""

import sys
from contextlib import nullcontext
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import (
    ConfigPath,
    DataDir,
    LogLevel,
    Pace,
    data_folder,
    run_trio,
    settings,
)


def run(
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    microphone: Annotated[
        str | None, Parameter(help="A device, or a WAV file that plays the part of one.")
    ] = None,
    speaker: Annotated[
        str | None, Parameter(help="A device, a WAV file to write, or 'none'.")
    ] = None,
    pace: Annotated[
        Pace, Parameter(help="How quickly a WAV file is heard: in real time, or faster.")
    ] = "real",
    json: Annotated[
        bool, Parameter(help="Print every event, one JSON object a line.", negative="")
    ] = False,
    log_level: Annotated[LogLevel | None, Parameter(help="How much is logged.")] = None,
) -> int:
    """Listen, think and speak, until Ctrl-C or the end of the file.

    Examples:
      tonny-agent run

      tonny-agent run --microphone question.wav --speaker answer.wav --json
    """
    settled = settings(
        config,
        audio={"microphone": microphone, "speaker": speaker},
        log={"level": log_level},
    )
    return _converse(settled, data_folder(data_dir), settled.audio.speaker, pace, json)
