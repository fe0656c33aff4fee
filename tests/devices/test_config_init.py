"""`tonny-agent config init` lets a person choose a microphone, and see themselves."""

import threading
from pathlib import Path

import pytest

from agent.config import load
from tests.devices.heard import speech
from tests.e2e.terminal import on_terminal
from tests.rigs.pulse import Pulse


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TONNY_CONFIG": "",
        "TONNY_DATA_DIR": "",
    }


def test_a_mute_microphone_is_noticed_and_another_one_chosen(
    pulse: Pulse, home: dict[str, str], tmp_path: Path
) -> None:
    with on_terminal("config", "init", env=home) as person:
        person.until("mute_mic")
        person.answer("Number or name [0]", "mute_mic")
        person.until("dBFS")
        person.until("hardly anything was heard")
        person.answer("Keep it all the same?")
        talking = threading.Thread(target=pulse.say, args=[speech(3)])
        person.answer("Number or name [0]", "mic")
        person.until("Say something")
        person.until("dBFS")
        talking.start()
        person.until("heard, up to -")
        talking.join()
        for question in ("Address", "Address", "Key (unseen):"):
            person.answer(question)
        assert person.status() == 0
    settings = load(tmp_path / "config/tonny-agent/agent.toml", {}).config
    assert settings.audio.microphone == "mic"
