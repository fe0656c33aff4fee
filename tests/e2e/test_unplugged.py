"""The only microphone goes away in many ways, and comes back; Tonny stays."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_process import command, word_errors
from tests.hearing import sound
from tests.rigs.pulse import Pulse, skip_without_sound

LONG = "Please turn on the lights in the kitchen and then tell me what time it is."
SHORT = "What time is it?"

SOON = 1.5
"""Seconds from a device's return until it is heard."""


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    skip_without_sound()
    with Pulse() as server:
        server.unplug("mute_mic")
        yield server


class Agent:
    """A running agent, and what it told so far."""

    def __init__(self, pulse: Pulse, folder: Path, models: Path) -> None:
        self._process = subprocess.Popen(
            command("run", "--speaker", "none", "--data-dir", folder, "--json"),
            env={**os.environ, **pulse.env, "TONNY_MODELS_DIR": str(models)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.events: list[dict[str, Any]] = []
        self._told = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with self._told:
                    self.events.append(json.loads(line)["event"])
                    self._told.notify_all()

    def wait_for(self, count: int, **wanted: object) -> float:
        """Until that many events are like *wanted*; the seconds that took."""
        began = time.monotonic()

        def there() -> bool:
            alike = [e for e in self.events if wanted.items() <= e.items()]
            return len(alike) >= count

        with self._told:
            assert self._told.wait_for(there, timeout=20), "\n".join(
                map(str, self.events)
            )
        return time.monotonic() - began

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._reader.join()

    def told(self, *kinds: str) -> list[str]:
        return [e["event"] for e in self.events if e["event"] in kinds]


def test_the_record_says_what_happened_and_the_agent_works_on(
    pulse: Pulse, tmp_path: Path, models: Path
) -> None:
    agent = Agent(pulse, tmp_path, models)
    try:
        agent.wait_for(1, event="ready", name="microphone")
        saying = threading.Thread(target=pulse.say, args=[sound.spoken(LONG)])
        saying.start()
        agent.wait_for(1, event="speech_started")
        agent.wait_for(1, event="overheard")
        pulse.unplug("mic")
        agent.wait_for(1, event="lost", name="microphone")
        agent.wait_for(1, event="heard")
        saying.join()
        pulse.plug("mic", "micfeed")
        assert agent.wait_for(2, event="ready", name="microphone") < SOON
        pulse.say(sound.spoken(SHORT))
        agent.wait_for(2, event="heard")
    finally:
        agent.stop()
    first, second = (e["text"] for e in agent.events if e["event"] == "heard")
    assert first.lower().startswith("please turn on")
    assert len(first) < len(LONG)
    assert word_errors(SHORT, second) <= 1
    kinds = ("speech_started", "speech_ended", "heard")
    assert agent.told(*kinds) == [*kinds, *kinds]
    microphone = [e for e in agent.events if e.get("name") == "microphone"]
    assert [e["event"] for e in microphone] == ["ready", "lost", "ready"]
    assert "was unplugged" in microphone[1]["reason"]


def suspend(pulse: Pulse) -> None:
    pulse.pactl("suspend-source", "mic", "1")


def resume(pulse: Pulse) -> None:
    pulse.pactl("suspend-source", "mic", "0")


@pytest.mark.parametrize(
    ("harm", "mend"),
    [(Pulse.stop, Pulse.start), (Pulse.freeze, Pulse.thaw), (suspend, resume)],
    ids=["killed", "frozen", "suspended"],
)
def test_it_is_heard_again_soon_after_its_return(
    pulse: Pulse,
    tmp_path: Path,
    models: Path,
    harm: Callable[[Pulse], None],
    mend: Callable[[Pulse], None],
) -> None:
    agent = Agent(pulse, tmp_path, models)
    try:
        agent.wait_for(1, event="ready", name="microphone")
        harm(pulse)
        agent.wait_for(1, event="lost", name="microphone")
        time.sleep(2)  # noqa: TID251 # it is away for a while
        mend(pulse)
        if harm is Pulse.stop:
            pulse.unplug("mute_mic")
        assert agent.wait_for(2, event="ready", name="microphone") < SOON
        pulse.say(sound.spoken(SHORT))
        agent.wait_for(1, event="heard")
    finally:
        agent.stop()
    heard = [e["text"] for e in agent.events if e["event"] == "heard"]
    assert word_errors(SHORT, heard[0]) <= 1
