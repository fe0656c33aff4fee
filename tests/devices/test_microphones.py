"""Every way in which a microphone comes and goes, on those of a private PulseAudio and
a private PipeWire, by every backend: what these tell of it, and what they do not.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import pytest
import trio

from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone
from agent.ports import RATE, Microphone
from tests.devices.heard import BLOCK, Ear, connected, likeness, listen, samples, speech
from tests.fakes import always
from tests.rigs.pipewire import PipeWire, skip_without_pipewire
from tests.rigs.pulse import Pulse, skip_without_sound

Pick = Callable[[str], Microphone]


class World(NamedTuple):
    server: type[Pulse]
    backend: Literal["sounddevice", "miniaudio", "pyaudio"]


# To PipeWire, PyAudio speaks as sounddevice does.
WORLDS = [
    World(Pulse, "sounddevice"),
    World(Pulse, "miniaudio"),
    World(Pulse, "pyaudio"),
    World(PipeWire, "sounddevice"),
    World(PipeWire, "miniaudio"),
]


@pytest.fixture(params=WORLDS, ids=lambda w: f"{w.server.__name__}-{w.backend}")
def world(request: pytest.FixtureRequest) -> World:
    """One sound server and one backend after the other."""
    world: World = request.param
    if world.backend == "pyaudio":
        pytest.importorskip("pyaudio", reason="the extra is not installed")
    return world


@pytest.fixture
def pulse(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    skip_without_sound()
    if world.server is PipeWire:
        skip_without_pipewire()
    with connected(world.server(), monkeypatch) as server:
        yield server


@pytest.fixture
def pick(world: World) -> Pick:
    """Finds microphones by name."""
    return lambda name: pick_microphone(Audio(microphone=name, backend=world.backend))


async def test_it_hears_what_is_said(pulse: Pulse, pick: Pick) -> None:
    said = speech(1.5)
    ear = Ear()
    microphone = pick("default")
    assert microphone.live
    async with microphone.open(BLOCK, ear, always):
        await ear.more(0.1)
        await trio.to_thread.run_sync(pulse.say, said)
        await ear.more(0.3)
    assert ear.blocks == {2 * BLOCK}
    assert likeness(samples(said), samples(ear.pcm)) > 0.97


async def test_any_device_of_the_server_can_be_named(pulse: Pulse, pick: Pick) -> None:
    ear = Ear()
    async with pick("mute_mic").open(BLOCK, ear, always):
        await ear.more(0.1)
        await trio.to_thread.run_sync(pulse.say, speech(0.5))
        await ear.more(0.3)
    assert not any(ear.pcm)
    assert "PULSE_SOURCE" not in os.environ


async def test_a_name_that_nobody_has_is_told_and_the_default_heard(
    pulse: Pulse, pick: Pick
) -> None:
    ear = Ear()
    microphone = pick("Jabra")
    async with microphone.open(BLOCK, ear, always):
        await ear.more(0.1)
    assert microphone.name.startswith("the default microphone (")
    assert '"Jabra"' in microphone.name
    assert '"mute_mic"' in microphone.name


async def test_a_named_one_is_left_when_it_is_unplugged_and_comes_back(
    pulse: Pulse, pick: Pick
) -> None:
    """The server would have us listen to another one, or to none, and say nothing."""
    microphone, ear = pick("mute_mic"), Ear()
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.unplug("mute_mic")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match=_GONE):
            await listening.ended()
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        assert "default" in microphone.name
        pulse.plug("mute_mic", "quiet")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="is back"):
            await listening.ended()
    async with microphone.open(BLOCK, ear, always):
        assert microphone.name == "mute_mic"


_GONE = "was unplugged|went away|stopped sending"


async def test_nobody_is_cut_off_for_a_better_one(pulse: Pulse, pick: Pick) -> None:
    pulse.unplug("mute_mic")
    microphone, ear = pick("mute_mic"), Ear()
    speaking = True
    async with microphone.open(BLOCK, ear, lambda: not speaking) as listening:
        pulse.plug("mute_mic", "quiet")
        with trio.move_on_after(1.5) as patience:
            await listening.ended()
        assert patience.cancelled_caught
        speaking = False
        with trio.fail_after(1.5), pytest.raises(Unavailable, match="is back"):
            await listening.ended()


async def test_the_speaker_is_no_microphone(pulse: Pulse, pick: Pick) -> None:
    """Without any, the server would have us listen to what we say."""
    ear = Ear()
    async with pick("default").open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.unplug("mute_mic")
        pulse.unplug("mic")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match=_GONE):
            await listening.ended()
    with pytest.raises(Unavailable, match="no microphone was found"):
        async with pick("default").open(BLOCK, ear, always):
            pass


async def test_the_only_one_is_heard_as_soon_as_it_is_plugged_in_again(
    pulse: Pulse, pick: Pick
) -> None:
    microphone, ear = pick("default"), Ear()
    pulse.unplug("mute_mic")
    async with microphone.open(BLOCK, ear, always) as listening:
        pulse.unplug("mic")
        with trio.fail_after(1.5), pytest.raises(Unavailable, match=_GONE):
            await listening.ended()

    async def plug() -> None:
        await trio.sleep(1)
        pulse.plug("mic", "micfeed")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(plug)
        with trio.fail_after(1 + 1.5):
            async with microphone.open(BLOCK, ear, always):
                await ear.more(0.1)


async def test_another_default_is_heard_without_a_break(
    pulse: Pulse, pick: Pick
) -> None:
    ear = Ear()
    async with pick("default").open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.pactl("set-default-source", "mute_mic")
        with trio.move_on_after(1) as patience:
            await listening.ended()
        assert patience.cancelled_caught
        await ear.more(0.1)


async def test_a_dead_server_is_noticed_and_a_new_one_found(
    pulse: Pulse, pick: Pick
) -> None:
    ear = Ear()
    microphone = pick("default")
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.stop()
        with trio.fail_after(1.5), pytest.raises(Unavailable, match=_GONE):
            await listening.ended()
    for _ in range(2):
        with pytest.raises(Unavailable):
            async with microphone.open(BLOCK, ear, always):
                pass
    pulse.start()
    with trio.fail_after(1.5):
        async with microphone.open(BLOCK, ear, always):
            await ear.more(0.1)


async def test_a_suspended_source_is_noticed_and_heard_again(
    pulse: Pulse, pick: Pick
) -> None:
    microphone, ear = pick("default"), Ear()
    async with microphone.open(BLOCK, ear, always) as listening:
        await ear.more(0.1)
        pulse.pactl("suspend-source", "mic", "1")
        if isinstance(pulse, PipeWire):  # it does not care, and goes on
            await ear.more(1)
            return
        with trio.fail_after(1.5), pytest.raises(Unavailable, match=_GONE):
            await listening.ended()
    pulse.pactl("suspend-source", "mic", "0")
    with trio.fail_after(1.5):
        async with microphone.open(BLOCK, ear, always):
            await ear.more(0.1)


async def test_a_listener_that_fails_is_heard_of(pulse: Pulse, pick: Pick) -> None:
    calls = 0

    def hear(_: bytes) -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    with trio.fail_after(2):
        async with pick("default").open(BLOCK, hear, always) as listening:
            await trio.sleep(0.2)  # six more blocks that it must be spared
            with pytest.raises(ZeroDivisionError):
                await listening.ended()
    assert calls == 1


async def test_a_frozen_server_does_not_hold_up_the_loop(
    pulse: Pulse, pick: Pick
) -> None:
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
        microphone = pick("default")
        with trio.fail_after(3.5), pytest.raises(Unavailable, match=_GONE):
            await listen(microphone, ear, pulse.freeze)
        heard = len(ear.pcm)
        # It waits for the server, and a newcomer who does not know it gives up.
        with trio.fail_after(3.5), pytest.raises(Unavailable, match="does not answer"):
            async with pick("default").open(BLOCK, ear, always):
                pass
        with trio.move_on_after(0.5) as patience:
            async with microphone.open(BLOCK, ear, always):
                pass
        assert patience.cancelled_caught
        pulse.thaw()
        with trio.fail_after(1.5):
            async with microphone.open(BLOCK, ear, always):
                await ear.more(0.1)
        # Nothing of the backlog that the old stream was sent when it woke up.
        assert len(ear.pcm) - heard < 2 * RATE
        nursery.cancel_scope.cancel()
    assert gap < 0.3


def test_a_frozen_server_does_not_hold_up_the_end_of_the_program(
    pulse: Pulse, world: World
) -> None:
    program = """
import sys, trio
from agent.config.settings import Audio
from agent.errors import Unavailable
from agent.hearing.microphones import pick_microphone
async def main():
    microphone = pick_microphone(Audio(backend=sys.argv[1]))
    async with microphone.open(512, lambda pcm: None, lambda: True) as listening:
        print("listening", flush=True)
        await listening.ended()
try:
    trio.run(main)
except Unavailable as exc:
    print(exc, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, world.backend],
        stdout=subprocess.PIPE,
        text=True,
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
