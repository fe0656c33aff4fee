"""Microphones and speakers on real devices: those of a private PulseAudio."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trio

from agent.cli.devices import devices
from agent.demo import QUESTION
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone, read_pcm
from agent.portaudio import list_devices
from agent.portaudio.library import PORTAUDIO
from agent.ports import RATE, Microphone
from agent.speaking.speakers import open_demo_speaker, open_speaker
from agent.speaking.speakers.device import is_there
from tests.fakes import always
from tests.rigs.pulse import Pulse, skip_without_sound

BLOCK = 512

Samples = npt.NDArray[np.float64]


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    skip_without_sound()
    with Pulse() as rig:
        for name, value in rig.env.items():
            monkeypatch.setenv(name, value)
        PORTAUDIO.outdated = True  # what it saw was the world before
        yield rig
    PORTAUDIO.outdated = True


def nobody_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine without any sound; skips the test on one that has some."""
    skip_without_sound()
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    PORTAUDIO.outdated = True
    if list_devices():
        pytest.skip("this machine has sound devices of its own")


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(float)


def speech(seconds: float) -> bytes:
    """From where it begins."""
    pcm = read_pcm(QUESTION)
    loud = np.abs(samples(pcm)) > 1000
    return pcm[2 * int(np.argmax(loud)) :][: 2 * round(seconds * RATE)]


def tone(seconds: float, rate: int, hertz: float = 500) -> bytes:
    at = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


def likeness(part: Samples, whole: Samples) -> float:
    """The best correlation of *part* with any stretch of *whole*; 1 is the same."""
    n = len(whole) + len(part)
    products = np.fft.irfft(np.fft.rfft(whole, n) * np.fft.rfft(part, n).conj(), n)
    at = int(np.argmax(products[: len(whole)]))
    there = whole[at : at + len(part)]
    there = np.pad(there, (0, len(part) - len(there)))
    norm = np.linalg.norm(there) * np.linalg.norm(part)
    return float(there @ part / norm) if norm else 0.0


def sounding(pcm: bytes) -> tuple[float, float, float]:
    """When a tone begins and ends, and its longest hole, in seconds."""
    loud = np.flatnonzero(np.abs(samples(pcm)) > 2000)
    if not loud.size:
        return 0, 0, 0
    hole = float(np.diff(loud).max(initial=0))
    return loud[0] / RATE, loud[-1] / RATE, hole / RATE


class Ear:
    """Remembers what it heard."""

    def __init__(self) -> None:
        self.pcm = b""
        self.blocks: set[int] = set()
        self._token = trio.lowlevel.current_trio_token()
        self._grown = trio.Event()

    def __call__(self, pcm: bytes) -> None:
        self.pcm += pcm
        self.blocks.add(len(pcm))
        self._token.run_sync_soon(self._wake)

    def _wake(self) -> None:
        self._grown.set()
        self._grown = trio.Event()

    async def more(self, seconds: float) -> None:
        wanted = len(self.pcm) + 2 * round(RATE * seconds)
        with trio.fail_after(10):
            while len(self.pcm) < wanted:
                await self._grown.wait()


async def listen(microphone: Microphone, ear: Ear, then: Callable[[], None]) -> None:
    """Do *then* while it listens, and go on listening."""
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        then()
        await listening.ended()


async def test_a_microphone_hears_what_is_said(pulse: Pulse) -> None:
    said = speech(1.5)
    ear = Ear()
    microphone = pick_microphone("default")
    assert microphone.live
    async with microphone.open(BLOCK, ear, always):
        await ear.more(0.1)
        await trio.to_thread.run_sync(pulse.say, said)
        await ear.more(0.3)
    assert ear.blocks == {2 * BLOCK}
    assert likeness(samples(said), samples(ear.pcm)) > 0.97


async def test_any_device_of_the_server_can_be_named(pulse: Pulse) -> None:
    ear = Ear()
    async with pick_microphone("mute_mic").open(BLOCK, ear, always):
        await ear.more(0.1)
        await trio.to_thread.run_sync(pulse.say, speech(0.5))
        await ear.more(0.3)
    assert not any(ear.pcm)
    assert "PULSE_SOURCE" not in os.environ


async def test_a_name_that_nobody_has_is_told_and_the_default_heard(
    pulse: Pulse,
) -> None:
    ear = Ear()
    microphone = pick_microphone("Jabra")
    async with microphone.open(BLOCK, ear, always):
        await ear.more(0.1)
    assert microphone.name.startswith("the default microphone (")
    assert '"Jabra"' in microphone.name
    assert '"mute_mic"' in microphone.name


async def test_a_named_microphone_is_left_when_it_is_unplugged(pulse: Pulse) -> None:
    """The server would have us listen to another one, and say nothing."""
    microphone, ear = pick_microphone("mute_mic"), Ear()
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.unplug("mute_mic")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="was unplugged"):
            await listening.ended()
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        assert "default" in microphone.name
        pulse.plug("mute_mic", "quiet")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="is back"):
            await listening.ended()
    async with microphone.open(BLOCK, ear, always):
        assert microphone.name == "mute_mic"


async def test_nobody_is_cut_off_for_a_better_microphone(pulse: Pulse) -> None:
    pulse.unplug("mute_mic")
    microphone, ear = pick_microphone("mute_mic"), Ear()
    speaking = True
    async with microphone.open(BLOCK, ear, lambda: not speaking) as listening:
        pulse.plug("mute_mic", "quiet")
        with trio.move_on_after(1.5) as patience:
            await listening.ended()
        assert patience.cancelled_caught
        speaking = False
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="is back"):
            await listening.ended()


async def test_the_speaker_is_no_microphone(pulse: Pulse) -> None:
    """Without any, the server would have us listen to what we say."""
    ear = Ear()
    async with pick_microphone("default").open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.unplug("mute_mic")
        pulse.unplug("mic")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="was unplugged"):
            await listening.ended()
    with pytest.raises(Unavailable, match="no microphone was found"):
        async with pick_microphone("default").open(BLOCK, ear, always):
            pass


async def test_another_default_is_heard_without_a_break(pulse: Pulse) -> None:
    ear = Ear()
    async with pick_microphone("default").open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.pactl("set-default-source", "mute_mic")
        with trio.move_on_after(1) as patience:
            await listening.ended()
        assert patience.cancelled_caught
        await ear.more(0.1)


async def test_a_dead_server_is_noticed_and_a_new_one_found(pulse: Pulse) -> None:
    ear = Ear()
    microphone = pick_microphone("default")
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.stop()
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="went away"):
            await listening.ended()
    for _ in range(2):
        with pytest.raises(Unavailable):
            async with microphone.open(BLOCK, ear, always):
                pass
    pulse.start()
    async with microphone.open(BLOCK, ear, always):
        await ear.more(0.1)


async def test_a_silent_death_is_noticed(pulse: Pulse) -> None:
    ear = Ear()
    async with pick_microphone("default").open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.pactl("suspend-source", "mic", "1")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="stopped sending"):
            await listening.ended()


async def test_a_listener_that_fails_is_heard_of(pulse: Pulse) -> None:
    calls = 0

    def hear(_: bytes) -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    with trio.fail_after(2):
        async with pick_microphone("default").open(BLOCK, hear, always) as listening:
            await trio.sleep(0.2)  # six more blocks that it must be spared
            with pytest.raises(ZeroDivisionError):
                await listening.ended()
    assert calls == 1


async def test_a_frozen_server_does_not_hold_up_the_loop(pulse: Pulse) -> None:
    ear = Ear()
    async with trio.open_nursery() as nursery:
        latest = gap = 0.0

        async def tick() -> None:
            nonlocal latest, gap
            latest = time.monotonic()
            while True:
                await trio.sleep(0.01)
                gap = max(gap, time.monotonic() - latest)
                latest = time.monotonic()

        nursery.start_soon(tick)
        microphone = pick_microphone("default")
        with trio.fail_after(3.5), pytest.raises(Unavailable, match="stopped sending"):
            await listen(microphone, ear, pulse.freeze)
        heard = len(ear.pcm)
        with trio.fail_after(3.5), pytest.raises(Unavailable, match="does not answer"):
            async with microphone.open(BLOCK, ear, always):
                pass
        pulse.thaw()
        async with microphone.open(BLOCK, ear, always):
            await ear.more(0.1)
        # Nothing of the backlog that the old stream was sent when it woke up.
        assert len(ear.pcm) - heard < 2 * RATE
        nursery.cancel_scope.cancel()
    assert gap < 0.3


def test_a_frozen_server_does_not_hold_up_the_end_of_the_program(pulse: Pulse) -> None:
    program = """
import os, signal, sys, trio
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone
async def main():
    async with pick_microphone("default").open(512, lambda pcm: None, lambda: True) as listening:
        print("listening", flush=True)
        await listening.ended()
try:
    trio.run(main)
except Unavailable as exc:
    print(exc, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "listening\n"
        pulse.freeze()
        try:
            rest, _ = child.communicate(timeout=8)
        finally:
            child.kill()
    assert "stopped sending" in rest
    assert child.returncode == 0


async def test_a_speaker_plays_it_all_without_holes(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        assert speaker.audible
        with pulse.recording() as recording:
            await speaker.play(tone(0.6, 24_000), 24_000)
            await speaker.play(tone(0.4, 24_000), 24_000)
            await speaker.drain()
            sounded = recording.pcm
            begun, ended, hole = sounding(
                await trio.to_thread.run_sync(recording.more, 0.3)
            )
    assert ended - begun == pytest.approx(1, abs=0.01)
    assert hole < 0.001
    # It was drained when it had sounded, as far as what is on its way to us.
    assert ended - 0.1 < len(sounded) / (2 * RATE) < ended + 0.3


async def test_play_is_at_most_half_a_second_ahead(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        began = trio.current_time()
        await speaker.play(tone(1.5, 16_000), 16_000)
        assert 0.7 < trio.current_time() - began < 1.4


async def test_rates_may_change_and_no_end_is_lost(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        with pulse.recording() as recording:
            await speaker.play(tone(0.2, 24_000), 24_000)
            await speaker.play(tone(0.2, 16_000), 16_000)
            await speaker.play(tone(0.2, 24_000), 24_000)
            await speaker.play(tone(0.2, 8000), 8000)
            await speaker.drain()
            begun, ended, hole = sounding(
                await trio.to_thread.run_sync(recording.more, 0.3)
            )
    assert ended - begun == pytest.approx(0.8, abs=0.003)
    assert hole < 0.005


async def test_a_rate_that_a_device_refuses_is_resampled(pulse: Pulse) -> None:
    refused = 1_000_000  # beyond what PulseAudio takes
    async with open_speaker("default") as speaker:
        with pulse.recording() as recording:
            await speaker.play(tone(0.3, refused), refused)
            await speaker.drain()
            begun, ended, hole = sounding(
                await trio.to_thread.run_sync(recording.more, 0.3)
            )
    assert ended - begun == pytest.approx(0.3, abs=0.01)
    assert hole < 0.002


async def test_silence_comes_at_once(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        with pulse.recording() as recording:
            await speaker.play(tone(1, 24_000), 24_000)
            told = len(recording.pcm) / (2 * RATE)
            speaker.silence()
            with trio.fail_after(0.3):
                await speaker.drain()
            _, ended, _ = sounding(await trio.to_thread.run_sync(recording.more, 0.5))
            assert ended < told + 0.1
            await speaker.play(tone(0.3, 24_000), 24_000)
            await speaker.drain()
            pcm = await trio.to_thread.run_sync(recording.more, 0.3)
    begun, again, _ = sounding(pcm[2 * round(RATE * (told + 0.4)) :])
    assert again - begun == pytest.approx(0.3, abs=0.01)


async def test_an_idle_speaker_is_closed_and_opened_again(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        await speaker.play(tone(0.1, 24_000), 24_000)
        await speaker.drain()
        assert pulse.pactl("list", "short", "sink-inputs")
        with trio.fail_after(3):
            while pulse.pactl("list", "short", "sink-inputs"):  # noqa: ASYNC110 # another process
                await trio.sleep(0.1)
        with pulse.recording() as recording:
            await speaker.play(tone(0.2, 24_000), 24_000)
            await speaker.drain()
            begun, ended, _ = sounding(
                await trio.to_thread.run_sync(recording.more, 0.3)
            )
    assert ended - begun == pytest.approx(0.2, abs=0.01)


async def test_a_speaker_that_went_away_is_found_again(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        await speaker.play(tone(0.5, 24_000), 24_000)
        pulse.stop()
        with trio.fail_after(2), pytest.raises(Unavailable, match="went away"):
            await speaker.drain()
        with trio.fail_after(2), pytest.raises(Unavailable):
            await speaker.play(tone(0.5, 24_000), 24_000)
        pulse.start()
        with trio.fail_after(5):
            while True:
                with suppress(Unavailable):
                    await speaker.play(tone(0.1, 24_000), 24_000)
                    break
            await speaker.drain()


async def test_a_frozen_speaker_is_given_up(pulse: Pulse) -> None:
    async with open_speaker("default") as speaker:
        await speaker.play(tone(0.1, 24_000), 24_000)
        pulse.freeze()
        with trio.fail_after(5), pytest.raises(Unavailable, match="no more sound"):
            await speaker.play(tone(3, 24_000), 24_000)
        pulse.thaw()
        with trio.fail_after(5):
            await speaker.play(tone(0.1, 24_000), 24_000)
            await speaker.drain()


async def test_leaving_a_frozen_speaker_does_not_take_long(pulse: Pulse) -> None:
    with trio.fail_after(3):
        async with open_speaker("default") as speaker:
            await speaker.play(tone(0.5, 24_000), 24_000)
            pulse.freeze()
    pulse.thaw()


async def test_without_a_server_there_is_no_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody_plays(monkeypatch)
    assert not await is_there()
    with pytest.raises(Unavailable, match="no microphone was found") as no_ear:
        async with pick_microphone("default").open(BLOCK, Ear(), always):
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
        async with pick_microphone("default").open(BLOCK, ear, always):
            await ear.more(0.1)


async def test_a_demo_is_heard_and_left_as_a_file(pulse: Pulse, tmp_path: Path) -> None:
    path = tmp_path / "demo.wav"
    async with open_demo_speaker("default", path) as speaker:
        assert speaker.audible
        with pulse.recording() as recording:
            await speaker.play(tone(0.3, 24_000), 24_000)
            await speaker.drain()
            pcm = await trio.to_thread.run_sync(recording.more, 0.3)
    begun, ended, _ = sounding(pcm)
    assert ended - begun == pytest.approx(0.3, abs=0.01)
    assert path.read_bytes()[44:] == tone(0.3, 24_000)


async def test_a_demo_without_a_speaker_is_left_as_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody_plays(monkeypatch)
    path = tmp_path / "demo.wav"
    async with open_demo_speaker("default", path) as speaker:
        assert not speaker.audible
        await speaker.play(b"ab", 24_000)
    assert path.read_bytes()[44:] == b"ab"


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
