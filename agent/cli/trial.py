"""`tonny-agent test`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, data_folder, run_trio, settings
from agent.config import Config

if TYPE_CHECKING:
    from agent.app.trial import Trial

_SAID = {True: "pass", False: "FAIL", None: "-"}


def trial(
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
    json: Annotated[bool, Parameter(help="Print JSON.", negative="")] = False,
) -> int:
    """Have everything that Tonny depends on do its job once.

    A recorded question is recognised, the workflow is really asked, and each voice says
    a sentence: ElevenLabs is paid for it. The exit status is 1 when something fails;
    `tonny-agent doctor` tells how to mend it.

    For example:

    tonny-agent test

    tonny-agent test --speaker none --json
    """
    settled = settings(config, audio={"microphone": microphone, "speaker": speaker})
    trials = run_trio(_try, settled, data_folder(data_dir), json)
    failed = sum(trial.passed is False for trial in trials)
    if json:
        print(msgspec.json.encode(trials).decode())
    elif failed:
        print(f"\n{failed} of {len(trials)} failed. See: tonny-agent doctor")
    else:
        print("\nAll pass.")
    return 1 if failed else 0


async def _try(config: Config, folder: Path, quiet: bool) -> "list[Trial]":
    from agent.app.trial import try_everything
    from agent.speaking.speakers import open_speaker

    async with open_speaker(config.audio.speaker) as speaker:
        told = _ignore if quiet else _tell
        return list(await try_everything(config, folder, speaker, told))


def _tell(trial: "Trial") -> None:
    said = _SAID[trial.passed]
    print(f"{said:5} {trial.name:15} {trial.seconds:6.2f} s  {trial.detail}")
    sys.stdout.flush()


def _ignore(trial: "Trial") -> None:
    """All are printed at the end."""
