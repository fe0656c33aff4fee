"""All that is looked at, in the order in which sound travels."""

from functools import partial
from pathlib import Path

from agent.config import Config
from agent.doctor import carried, limits
from agent.doctor.agent import check_agent, unless_running
from agent.doctor.certificates import check_certificates
from agent.doctor.clock import check_clock
from agent.doctor.detector import check_detector
from agent.doctor.examine import Check
from agent.doctor.folder import check_folder
from agent.doctor.login import check_login
from agent.doctor.program import check_program
from agent.doctor.record import check_record
from agent.record.sqlite import DATABASE


def checks(
    config: Config, folder: Path, *, usable: bool = True, deep: bool = False
) -> dict[str, Check]:
    """By their codes. Only what needs no settings where those are not *usable*; *deep*
    is heard in the room."""
    found: dict[str, Check] = {
        "data-folder": partial(check_folder, folder),
        "record": partial(check_record, folder, DATABASE),
        "limits": limits.check_limits,
        "agent": partial(check_agent, folder),
        "autostart": partial(check_login, folder),
        "program": check_program,
        "models": carried.check_models,
        "certificates": check_certificates,
    }
    if not usable:
        return found
    from agent.doctor import services, workflow
    from agent.doctor.bus import check_bus
    from agent.doctor.devices import check_sound
    from agent.doctor.echo import check_echo
    from agent.doctor.hotkey import check_hotkey
    from agent.doctor.loop import check_loop
    from agent.doctor.sound import check_level
    from agent.doctor.voices import check_voices

    return {
        **found,
        "clock": partial(check_clock, config, folder),
        "audio": partial(check_sound, config.audio),
        "level": unless_running(
            folder,
            partial(check_loop, config, folder)
            if deep
            else partial(check_level, config.audio),
            deep=deep,
        ),
        "vad": partial(check_detector, config.vad),
        "hotkey": partial(check_hotkey, config.audio),
        "echo": partial(check_echo, config.audio),
        "stt": partial(services.check_ears, config),
        "workflow": partial(workflow.check_workflow, config, folder),
        "tts": partial(check_voices, config, folder),
        "rabbitmq": partial(check_bus, config),
    }
