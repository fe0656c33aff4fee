"""Which devices there are; where there is no sound, and no library for it."""

import json
import subprocess
import sys

import pytest

from agent.cli.devices import devices
from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone
from agent.speaking.speakers import open_speaker
from agent.speaking.speakers.device import is_there
from tests.devices.heard import BLOCK, Ear, nobody_plays, tone
from tests.fakes import always
from tests.rigs.pulse import Pulse


async def test_without_a_server_there_is_no_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody_plays(monkeypatch)
    assert not await is_there()
    with pytest.raises(Unavailable, match="no microphone was found") as no_ear:
        async with pick_microphone(Audio(microphone="default")).open(
            BLOCK, Ear(), always
        ):
            pass
    assert "--microphone FILE.wav" in str(no_ear.value)
    async with open_speaker("default") as speaker:
        with pytest.raises(Unavailable, match="no speaker was found") as no_mouth:
            await speaker.play(tone(0.1, 16_000), 16_000)
        await speaker.drain()
    assert "--speaker FILE.wav" in str(no_mouth.value)


async def test_a_server_that_starts_later_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody_plays(monkeypatch)
    with Pulse() as rig:
        for name, value in rig.env.items():
            monkeypatch.setenv(name, value)
        ear = Ear()
        async with pick_microphone(Audio(microphone="default")).open(
            BLOCK, ear, always
        ):
            await ear.more(0.1)


def test_a_missing_library_is_named_with_its_package() -> None:
    program = """
import ctypes.util, sys
ctypes.util.find_library = lambda name: None
from agent.cli.interpret import interpret
sys.exit(interpret(["devices"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 69
    assert "apt-get install libportaudio2" in done.stderr
    assert "Traceback" not in done.stderr


def test_devices_are_listed_by_the_names_they_are_chosen_by(
    pulse: Pulse, capsys: pytest.CaptureFixture[str]
) -> None:
    assert devices(json=True) == 0
    listing = json.loads(capsys.readouterr().out)
    microphones = [each["name"] for each in listing["microphones"]]
    speakers = [each["name"] for each in listing["speakers"]]
    assert {"default", "mic", "mute_mic"} <= set(microphones)
    assert {"default", "speaker", "micfeed"} <= set(speakers)
    assert "speaker.monitor" not in microphones
    assert devices() == 0
    assert "  mic  " in capsys.readouterr().out
