"""What a microphone's level tells the doctor, on those of a private PulseAudio."""

import numpy as np
import trio

from agent.config.settings import Audio
from agent.doctor.sound import check_level
from tests.devices.heard import tone
from tests.rigs.pulse import Pulse


async def codes_while(pulse: Pulse, pcm: bytes, audio: Audio) -> list[str]:
    """What is found while *pcm* is said."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, pulse.say, pcm)
        await trio.sleep(0.3)  # the player has started
        return [finding.code for finding in await check_level(audio)]


def overdriven(seconds: float) -> bytes:
    loud = np.frombuffer(tone(seconds, 16_000), "<i2").astype(int) * 100
    return loud.clip(-32_768, 32_767).astype("<i2").tobytes()


async def test_a_microphone_that_is_muted_is_told_of(pulse: Pulse) -> None:
    (found,) = await check_level(Audio(microphone="mute_mic"))
    assert found.code == "level.dead"
    assert "mute_mic" in found.title
    assert "tonny-agent audio devices" in found.remedy


async def test_one_that_is_there_and_sends_nothing_is_told_of(pulse: Pulse) -> None:
    pulse.pactl("suspend-source", "mic", "1")
    (found,) = await check_level(Audio())
    assert found.code == "level.deaf"
    assert "sends no sound" in found.title
    assert "Connect one" not in found.title
    assert "tonny-agent audio devices" in found.remedy


async def test_one_that_is_overdriven_is_told_of(pulse: Pulse) -> None:
    assert await codes_while(pulse, overdriven(3), Audio()) == ["level.clips"]


async def test_one_that_hears_something_is_well(pulse: Pulse) -> None:
    assert await codes_while(pulse, tone(3, 16_000), Audio()) == ["level"]


async def test_a_recording_and_an_absent_one_are_others_business(
    pulse: Pulse, models: object
) -> None:
    from agent.demo import QUESTION

    assert await check_level(Audio(microphone=str(QUESTION))) == []
    pulse.stop()
    assert await check_level(Audio()) == []
