"""A microphone in the same room as the speaker, and one may interrupt Tonny."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_process import LIMIT, command, word_errors
from tests.hearing import sound
from tests.rigs.pulse import Pulse, skip_without_sound

HELP = "Can you help me, please?"
TIME = "What time is it?"


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    skip_without_sound()
    with Pulse() as server:
        yield server


def echo(pulse: Pulse, decibels: int) -> None:
    """From now on the microphone hears what the speaker plays."""
    pulse.pactl(
        *("load-module", "module-loopback", "source=speaker.monitor"),
        *("sink=micfeed", "latency_msec=60"),
    )
    number, *_ = pulse.pactl("list", "short", "sink-inputs").split()
    pulse.pactl("set-sink-input-volume", number, f"{decibels}dB")


class Agent:
    """A running agent that can be interrupted, and what it told so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._lines = process.stdout
        self.events: list[dict[str, Any]] = []

    def wait_for(self, **wanted: object) -> dict[str, Any]:
        """The next event that is like *wanted*."""
        for line in self._lines:
            event: dict[str, Any] = json.loads(line)["event"]
            self.events.append(event)
            if wanted.items() <= event.items():
                return event
        pytest.fail(f"{wanted} is not among\n" + "\n".join(map(str, self.events)))

    def told(self, *kinds: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] in kinds]


@contextmanager
def running(pulse: Pulse, folder: Path, models: Path, setting: str) -> Iterator[Agent]:
    environment = {
        **os.environ,
        **pulse.env,
        "TONNY_MODELS_DIR": str(models),
        "TONNY_AUDIO__DUPLEX": "full",
        "TONNY_AUDIO__ECHO": setting,
    }
    with subprocess.Popen(
        command("run", "--data-dir", folder, "--json"),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        gives_up = threading.Timer(LIMIT, process.kill)
        gives_up.start()
        try:
            agent = Agent(process)
            agent.wait_for(event="ready", name="microphone")
            yield agent
        finally:
            gives_up.cancel()
            process.terminate()
            process.communicate()


def test_it_does_not_hear_itself(pulse: Pulse, tmp_path: Path, models: Path) -> None:
    echo(pulse, -15)
    with running(pulse, tmp_path, models, "aec") as agent:
        pulse.say(sound.spoken(HELP))
        while "agent dot toml" not in agent.wait_for(event="spoken")["text"]:
            pass
        pulse.say(sound.spoken(TIME))
        heard = agent.wait_for(event="heard", turn=2)
    assert word_errors(TIME, heard["text"]) <= 1
    assert not agent.told("unspoken")
    assert [turn["turn"] for turn in agent.told("speech_started")] == [1, 2]


def test_without_cancellation_it_would(
    pulse: Pulse, tmp_path: Path, models: Path
) -> None:
    echo(pulse, -15)
    with running(pulse, tmp_path, models, "off") as agent:
        pulse.say(sound.spoken(HELP))
        cut = agent.wait_for(event="unspoken")
    assert cut["reason"] == "interrupted"
    assert len(agent.told("speech_started")) > 1
