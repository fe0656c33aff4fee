"""Speakers on real devices: those of a private PulseAudio."""

from contextlib import suppress
from pathlib import Path

import pytest
import trio

from agent.errors import Unavailable
from agent.ports import RATE
from agent.speaking.speakers import open_demo_speaker, open_speaker
from tests.devices.heard import nobody_plays, sounding, tone
from tests.rigs.pulse import Pulse


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
