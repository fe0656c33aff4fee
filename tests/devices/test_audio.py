"""`tonny-agent audio`, as a person uses it, on devices of a private PulseAudio."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.devices.heard import sounding, speech, tone
from tests.e2e.agent_process import command, run_agent
from tests.rigs.pulse import Pulse


@pytest.fixture
def coupled(pulse: Pulse) -> Pulse:
    """What the speaker plays is heard by the microphone, as in a room."""
    pulse.pactl(
        "load-module",
        "module-loopback",
        "source=speaker.monitor",
        "sink=micfeed",
        "latency_msec=30",
    )
    return pulse


def test_what_is_said_comes_back(coupled: Pulse, models: Path) -> None:
    done = run_agent(
        "audio", "loopback", "--json", env={"TONNY_MODELS_DIR": str(models)}
    )
    assert done.returncode == 0, done.stderr
    loop = json.loads(done.stdout)
    assert loop["heard"] is True
    assert 10 < loop["delay_ms"] < 500
    assert loop["echo_db"] == pytest.approx(0, abs=1)
    assert loop["noise_dbfs"] < -90


def test_or_does_not(pulse: Pulse, models: Path) -> None:
    done = run_agent("audio", "loopback", env={"TONNY_MODELS_DIR": str(models)})
    assert done.returncode == 1, done.stderr
    assert b"Nothing of what the default speaker said was heard" in done.stdout


def test_a_recording_ends_by_ctrl_c_and_is_whole(pulse: Pulse, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    with subprocess.Popen(
        command("audio", "record", out),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stderr is not None
        assert child.stderr.readline().startswith(b"recording the default microphone")
        pulse.say(tone(1, 16_000))
        child.send_signal(signal.SIGINT)
        told, _ = child.communicate(timeout=10)
    assert child.returncode == 0
    assert told.startswith(os.fsencode(out))
    begun, ended, hole = sounding(out.read_bytes()[44:])
    assert ended - begun == pytest.approx(1, abs=0.05)
    assert hole < 0.01


def test_a_microphone_that_goes_away_costs_nothing_of_what_is_recorded(
    pulse: Pulse, tmp_path: Path
) -> None:
    out = tmp_path / "out.wav"
    pulse.unplug("mute_mic")
    with subprocess.Popen(
        command("audio", "record", out),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stderr is not None
        child.stderr.readline()
        pulse.say(tone(1, 16_000))
        pulse.unplug("mic")
        told, complaint = child.communicate(timeout=10)
    assert child.returncode == 69
    assert b"was unplugged" in complaint
    assert told.startswith(os.fsencode(out))
    begun, ended, _ = sounding(out.read_bytes()[44:])
    assert ended - begun == pytest.approx(1, abs=0.05)


def test_a_text_without_a_sound_cannot_come_back(pulse: Pulse, models: Path) -> None:
    env = {"TONNY_MODELS_DIR": str(models)}
    done = run_agent("audio", "loopback", "", env=env)
    assert done.returncode == 78
    assert b"sounds like nothing" in done.stderr


def test_the_meter_marks_what_is_taken_for_a_voice(pulse: Pulse, models: Path) -> None:
    with subprocess.Popen(
        command("audio", "meter", "--json", "--seconds", "4"),
        env={**os.environ, "TONNY_MODELS_DIR": str(models)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stderr is not None
        assert child.stderr.readline().startswith(b"listening")
        pulse.say(speech(2))
        told, _ = child.communicate(timeout=10)
    assert child.returncode == 0
    levels = [json.loads(line) for line in told.splitlines()]
    assert 30 <= len(levels) <= 41
    assert not levels[0]["voiced"]
    assert any(level["voiced"] for level in levels)
    assert max(level["rms"] for level in levels) > -30


def test_a_microphone_that_goes_away_is_told_of(pulse: Pulse, models: Path) -> None:
    pulse.unplug("mute_mic")
    with subprocess.Popen(
        command("audio", "meter", "--seconds", "20"),
        env={**os.environ, "TONNY_MODELS_DIR": str(models)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stderr is not None
        child.stderr.readline()
        pulse.unplug("mic")
        _, told = child.communicate(timeout=10)
    assert child.returncode == 69
    assert b"was unplugged" in told
    assert b"Traceback" not in told
