"""`tonny-agent run` and `tonny-agent demo`."""

import sys
from contextlib import AbstractAsyncContextManager
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
from agent.cli.show import Screen, show_json
from agent.config import Config
from agent.errors import Misconfigured
from agent.ports import Microphone, Speaker


def run(
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    microphone: Annotated[
        str | None,
        Parameter(help="A device, or a WAV file that plays the part of one."),
    ] = None,
    speaker: Annotated[
        str | None, Parameter(help="A device, a WAV file to write, or 'none'.")
    ] = None,
    pace: Annotated[
        Pace,
        Parameter(help="How quickly a WAV file is heard: in real time, or faster."),
    ] = "real",
    json: Annotated[
        bool, Parameter(help="Print every event, one JSON object a line.", negative="")
    ] = False,
    log_level: Annotated[LogLevel | None, Parameter(help="How much is logged.")] = None,
) -> int:
    """Listen, think and speak, until Ctrl-C or the end of the file.

    For example:

    tonny-agent run

    tonny-agent run --microphone question.wav --speaker answer.wav --json
    """
    from agent.hearing.microphones import pick_microphone
    from agent.speaking.speakers import open_speaker

    settled = settings(
        config,
        audio={"microphone": microphone, "speaker": speaker},
        log={"level": log_level},
    )
    if _same_file(settled.audio.microphone, settled.audio.speaker):
        raise Misconfigured(
            f"{settled.audio.speaker} is both microphone and speaker: what is spoken"
            " would overwrite it; give --speaker another file"
        )
    return _converse(
        settled,
        data_folder(data_dir),
        pick_microphone(settled.audio, pace),
        open_speaker(settled.audio.speaker),
        json=json,
    )


def _same_file(microphone: str, speaker: str) -> bool:
    files = Path(microphone), Path(speaker)
    return all(file.is_file() for file in files) and files[0].samefile(files[1])


def demo(
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    output: Annotated[
        Path, Parameter(help="The WAV file that is left with what was spoken.")
    ] = Path("demo.wav"),
    pace: Pace = "real",
) -> int:
    """Hold a conversation with a bundled recording, aloud where there is a speaker.

    For example:

    tonny-agent demo

    tonny-agent demo --output /tmp/answers.wav --pace fast
    """
    from agent.demo import QUESTION
    from agent.hearing.microphones.file import FileMicrophone
    from agent.speaking.speakers import open_demo_speaker

    settled = settings(config)
    status = _converse(
        settled,
        data_folder(data_dir),
        FileMicrophone(QUESTION, fast=pace == "fast"),
        open_demo_speaker(settled.audio.speaker, output),
        json=False,
    )
    print(f"What was spoken is in {output}.")
    return status


def _converse(
    config: Config,
    folder: Path,
    microphone: Microphone,
    speaker: AbstractAsyncContextManager[Speaker],
    *,
    json: bool,
) -> int:
    from agent.app.run import run as run_agent
    from agent.app.setup import Setup
    from agent.logs import logging_to

    show = show_json if json else Screen(sys.stdout).show

    async def main() -> int:
        async with speaker as opened:
            setup = Setup(config, folder, microphone, opened, [show])
            return await run_agent(setup)

    with logging_to(folder, config.log):
        status: int = run_trio(main)
    return status
