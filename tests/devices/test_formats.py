"""Devices in formats of their own, and libraries that are not there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone
from agent.hearing.microphones.backends import Backend, Take
from agent.hearing.microphones.backends.miniaudio import Miniaudio
from agent.hearing.microphones.backends.pyaudio import PyAudio
from agent.hearing.microphones.backends.sounddevice import Sounddevice
from agent.hearing.microphones.capture import Capture, Hearing
from agent.hearing.microphones.device import DeviceMicrophone
from agent.portaudio import Format
from agent.ports import RATE
from tests.devices.heard import BLOCK, Ear, likeness, samples, speech
from tests.fakes import always
from tests.rigs.pulse import Pulse

ROOT = Path(__file__).parents[2]
BACKENDS = ["sounddevice", "miniaudio", "pyaudio"]


def needs(backend: str) -> None:
    if backend == "pyaudio":
        pytest.importorskip("pyaudio", reason="the extra is not installed")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "audio",
    [
        Audio(rate=48_000, channels=2, block_ms=10),
        Audio(rate=44_100, channels=1, block_ms=100),
        Audio(rate=8000, channels=1),
        Audio(rate=96_000, channels=8, channel=8, block_ms=5),
    ],
    ids=["48 kHz stereo", "44.1 kHz", "8 kHz", "96 kHz, the eighth"],
)
async def test_a_format_of_ones_choice(
    pulse: Pulse, backend: str, audio: Audio
) -> None:
    needs(backend)
    said, ear = speech(1.2), Ear()
    chosen = pick_microphone(
        Audio(
            backend=backend,  # type: ignore[arg-type] # it is one of them
            rate=audio.rate,
            channels=audio.channels,
            channel=audio.channel,
            block_ms=audio.block_ms,
        )
    )
    async with chosen.open(BLOCK, ear, always):
        await ear.more(0.1)
        await trio.to_thread.run_sync(pulse.say, said)
        await ear.more(0.4)
    assert ear.blocks == {2 * BLOCK}
    assert likeness(samples(said), samples(ear.pcm)) > (
        0.9 if audio.rate > RATE else 0.8
    )


@pytest.mark.parametrize("backend", [Sounddevice(), PyAudio()])
async def test_a_device_that_refuses_a_rate_is_opened_at_its_own(
    pulse: Pulse, backend: Backend
) -> None:
    needs(type(backend).__name__.lower())
    said, ear = speech(1.2), Ear()
    begun: list[int] = []
    capture = Capture(Hearing(BLOCK, ear), 0.02)

    def begin(rate: int, channels: int) -> Take:
        begun.append(rate)
        return capture.begin(rate, channels)

    refused = Format(1_000_000, 1, 20_000)  # beyond what PulseAudio takes
    stream = await backend.open("default", refused, begin, capture.lose)
    try:
        await ear.more(0.1)
        await trio.to_thread.run_sync(pulse.say, said)
        await ear.more(0.4)
    finally:
        await stream.close()
    assert begun == [1_000_000, 44_100]
    assert likeness(samples(said), samples(ear.pcm)) > 0.9


async def test_the_device_that_hears_nothing_keeps_time() -> None:
    """miniaudio's own, for machines without any."""
    ear = Ear()
    microphone = DeviceMicrophone(Audio(), [Miniaudio("NULL")])
    began = trio.current_time()
    async with microphone.open(320, ear, always):
        await ear.more(1)
    assert trio.current_time() - began == pytest.approx(1, abs=0.2)
    assert not any(ear.pcm)


def test_what_is_missing_is_made_up_for_by_the_next(pulse: Pulse) -> None:
    program = """
import ctypes.util, trio
ctypes.util.find_library = lambda name: None
from agent.config.settings import Audio
from agent.hearing.microphones import pick_microphone
async def main():
    microphone, heard = pick_microphone(Audio()), trio.Event()
    token = trio.lowlevel.current_trio_token()
    def hear(pcm): token.run_sync_soon(heard.set)
    async with microphone.open(512, hear, lambda: True):
        await heard.wait()
        print(microphone.name)
trio.run(main)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "the default microphone\n"


def test_a_missing_backend_that_was_asked_for_is_said() -> None:
    program = """
import sys, trio
sys.modules["pyaudio"] = None
from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone
async def main():
    try:
        async with pick_microphone(Audio(backend="pyaudio")).open(512, print, bool):
            pass
    except Unavailable as exc:
        print(exc)
trio.run(main)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert 'pip install "tonny-agent[pyaudio]"' in done.stdout


async def test_without_anyone_to_tell_of_changes_they_are_looked_for(
    pulse: Pulse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a machine without pactl."""
    ear = Ear()
    path = os.environ["PATH"]
    for backend in ("sounddevice", "miniaudio"):
        microphone = pick_microphone(Audio(microphone="mute_mic", backend=backend))
        monkeypatch.setenv("PATH", path)
        pulse.unplug("mute_mic")
        monkeypatch.setenv("PATH", str(tmp_path))
        async with microphone.open(BLOCK, ear, always) as listening:
            await ear.more(0.1)
            monkeypatch.setenv("PATH", path)
            pulse.plug("mute_mic", "quiet")
            monkeypatch.setenv("PATH", str(tmp_path))
            with trio.fail_after(2.5), pytest.raises(Unavailable, match="is back"):
                await listening.ended()
