"""`tonny-agent doctor`."""

from functools import partial
from typing import Annotated

from cyclopts import Parameter

from agent.cli.common import ConfigPath, DataDir, run_trio, settings
from agent.doctor.findings import Report


def doctor(
    *,
    config: ConfigPath = None,
    data_dir: DataDir = None,
    json: Annotated[
        bool, Parameter(help="Print the report as JSON.", negative="")
    ] = False,
) -> int:
    """Check everything Tonny needs, and say how to mend what is wrong.

    The exit status is 1 when something is.

    For example:

    tonny-agent doctor

    tonny-agent doctor --json
    """
    from agent.config.folders import data_dir as data_folder
    from agent.doctor import machine, services, workflow
    from agent.doctor.bus import check_bus
    from agent.doctor.echo import check_echo
    from agent.doctor.examine import Check, examine
    from agent.doctor.hotkey import check_hotkey
    from agent.doctor.sound import check_level
    from agent.doctor.voices import check_voices
    from agent.record.sqlite import DATABASE

    settled = settings(config)
    folder = data_folder(data_dir)
    checks: dict[str, Check] = {
        "data-folder": partial(machine.check_folder, folder),
        "record": partial(machine.check_record, folder, DATABASE),
        "models": machine.check_models,
        "audio": partial(machine.check_sound, settled),
        "level": partial(check_level, settled.audio),
        "hotkey": partial(check_hotkey, settled.audio),
        "echo": partial(check_echo, settled.audio),
        "stt": partial(services.check_ears, settled),
        "workflow": partial(workflow.check_workflow, settled, folder),
        "tts": partial(check_voices, settled, folder),
        "rabbitmq": partial(check_bus, settled),
    }
    report: Report = run_trio(examine, checks)
    print(report.as_json() if json else report.as_text())
    return 0 if report.healthy else 1
