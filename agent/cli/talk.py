"""`tonny-agent run` and `tonny-agent demo`."""

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import replace

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
    pace: Pace = "real",
    json: Annotated[
        bool, Parameter(help="Print every event, one JSON object a line.", negative="")
    ] = False,
    log_level: Annotated[LogLevel | None, Parameter(help="How much is logged.")] = None,
    at_login: Annotated[
        bool,
        Parameter(
            help="Nobody watches: print nothing, and wait for a microphone.",
            negative="",
        ),
    ] = False,
) -> int:
    """Listen, think and speak, until Ctrl-C or the end of the file.

    For example:

    tonny-agent run

    tonny-agent run --microphone question.wav --speaker answer.wav --json
    """
    folder = data_folder(data_dir)

    def converse() -> int:
        changes = {"audio": {"microphone": microphone, "speaker": speaker}}

        def read() -> Config:
            return settings(config, **changes, log={"level": log_level})

        return _listen(read, folder, pace, json=json, at_login=at_login)

    return _noted(converse, folder) if at_login else converse()


def _listen(
    read: Callable[[], Config], folder: Path, pace: Pace, *, json: bool, at_login: bool
) -> int:
    from agent.hearing.microphones import pick_microphone
    from agent.speaking.speakers import open_speaker

    settled = read()
    if _same_file(settled.audio.microphone, settled.audio.speaker):
        raise Misconfigured(
            f"{settled.audio.speaker} is both microphone and speaker: what is spoken"
            " would overwrite it; give --speaker another file"
        )
    return _converse(
        settled,
        folder,
        pick_microphone(settled.audio, pace),
        open_speaker(settled.audio.speaker),
        json=json,
        at_login=at_login,
        read=read,
    )


def _noted(converse: Callable[[], int], folder: Path) -> int:
    """For `tonny-agent autostart status`: how it went."""
    import faulthandler

    from agent.cli.interpret import status_of
    from agent.desktop.laststart import begin, note

    if sys.__stderr__ is not None:
        # A watchdog ends what hangs by SIGABRT: this says where.
        faulthandler.enable(sys.__stderr__)
    start = begin()
    note(start, folder)
    try:
        status = converse()
    except BaseException as exc:
        status, reason = status_of(exc)
        note(replace(start, status=status, reason=reason), folder)
        raise
    note(replace(start, status=status), folder)
    return status


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
    at_login: bool = False,
    read: Callable[[], Config] | None = None,
) -> int:
    from agent.app.reload import Rereading
    from agent.app.run import run as run_agent
    from agent.app.setup import Setup
    from agent.desktop.superior import called
    from agent.logs import logging_to

    show = show_json if json else Screen(sys.stdout).show
    # What is said is no business of the system's journal.
    shown = [] if at_login and not json else [show]
    superior = called()

    async def main() -> int:
        async with speaker as opened:
            setup = Setup(
                config,
                folder,
                microphone,
                opened,
                shown,
                at_login,
                superior,
                reread=Rereading(config, read) if read is not None else None,
            )
            return await run_agent(setup)

    with logging_to(folder, config.log):
        status: int = run_trio(main)
    return status
