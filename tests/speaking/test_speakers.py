"""Speakers that need no device."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from agent.errors import Misconfigured, Unavailable
from agent.ports import Speaker
from agent.speaking.speakers import open_speaker
from agent.speaking.speakers.resample import Resampler
from agent.speaking.speakers.tee import Tee
from agent.speaking.speakers.wav import open_wav
from tests.fakes import Mouth


def tone(rate: int, seconds: float = 0.2, hertz: float = 500) -> bytes:
    at = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


def samples(pcm: bytes) -> npt.NDArray[np.int16]:
    return np.frombuffer(pcm, "<i2")


def read(path: Path) -> tuple[int, bytes]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), file.readframes(file.getnframes())


async def test_a_file_holds_exactly_what_was_played(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    async with open_speaker(str(path)) as speaker:
        await speaker.play(tone(24_000)[:2000], 24_000)
        await speaker.play(tone(24_000)[2000:], 24_000)
        await speaker.drain()
        await speaker.play(tone(24_000), 24_000)
        speaker.silence()
    assert read(path) == (24_000, 2 * tone(24_000))


async def test_it_is_a_playable_file_at_every_moment(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    async with open_speaker(str(path)) as speaker:
        assert read(path) == (16_000, b"")
        for count in range(1, 5):
            await speaker.play(b"\1\2" * 7, 22_050)
            assert read(path) == (22_050, b"\1\2" * 7 * count)


async def test_another_rate_is_resampled_and_its_end_is_not_lost(
    tmp_path: Path,
) -> None:
    path = tmp_path / "out.wav"
    async with open_speaker(str(path)) as speaker:
        await speaker.play(tone(24_000), 24_000)
        for at in range(0, 6400, 640):
            await speaker.play(tone(16_000)[at : at + 640], 16_000)
        await speaker.drain()
        await speaker.play(tone(24_000), 24_000)
    rate, sound = read(path)
    assert rate == 24_000
    assert len(sound) == 3 * len(tone(24_000))
    middle = samples(sound)[4800:9600][200:-200].astype(int)
    assert np.abs(middle - samples(tone(24_000))[200:-200]).max() < 40


async def test_the_rate_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    async with open_wav(path, rate=16_000) as speaker:
        await speaker.play(tone(48_000), 48_000)
        assert not speaker.audible
    rate, sound = read(path)
    assert (rate, len(sound)) == (16_000, len(tone(16_000)))


def test_a_killed_run_leaves_what_was_said(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    program = f"""
import os, signal, trio
from agent.speaking.speakers import open_speaker
async def main():
    async with open_speaker({str(path)!r}) as speaker:
        await speaker.play(b"ab" * 1000, 16000)
        os.kill(os.getpid(), signal.SIGKILL)
trio.run(main)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -9
    assert read(path) == (16_000, b"ab" * 1000)


async def test_a_file_that_cannot_be_written_is_refused_before_any_sound(
    tmp_path: Path,
) -> None:
    for path in (tmp_path / "nowhere" / "out.wav", tmp_path):
        with pytest.raises(Misconfigured, match="cannot be written") as refused:
            async with open_wav(path):
                pass
        assert str(path) in str(refused.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk_is_told(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    path.symlink_to("/dev/full")
    with pytest.raises(Unavailable, match="No space left"):
        async with open_speaker(str(path)):
            pass


async def test_none_takes_everything_at_once() -> None:
    async with open_speaker("none") as speaker:
        await speaker.play(bytes(2 * 16_000 * 3600), 16_000)
        await speaker.drain()
        speaker.silence()
        assert not speaker.audible


def test_silence_stays_silence_at_another_rate() -> None:
    resampler = Resampler(24_000)
    sound = resampler.feed(bytes(3200), 16_000) + resampler.flush()
    assert sound == bytes(4800)


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100])
def test_resampling_in_pieces_is_resampling_the_whole(rate: int) -> None:
    whole, pieces = Resampler(24_000), Resampler(24_000)
    sound = tone(rate)
    at_once = whole.feed(sound, rate) + whole.flush()
    bit_by_bit = b"".join(
        pieces.feed(sound[at : at + 300], rate) for at in range(0, len(sound), 300)
    )
    difference = samples(bit_by_bit + pieces.flush()) - samples(at_once)
    assert np.abs(difference).max() <= 1
    assert len(at_once) == len(tone(24_000))


async def test_two_speakers_play_the_same() -> None:
    one, other = Mouth(audible=True), Mouth()
    both: Speaker = Tee(one, other)
    await both.play(b"a b ", 1)
    await both.drain()
    both.silence()
    assert (one.said, other.said) == ("ab", "ab")
    assert (one.drained, other.drained) == (1, 1)
    assert (one.silenced, other.silenced) == (1, 1)
    assert both.audible


async def test_one_that_is_away_does_not_silence_the_other() -> None:
    one, other = Mouth(fails=Unavailable("unplugged")), Mouth()
    both = Tee(one, other)
    await both.play(b"a ", 1)
    one.fails = None
    await both.play(b"b ", 1)
    assert (one.said, other.said) == ("", "ab")
    await both.drain()
    await both.play(b"c ", 1)
    assert (one.said, other.said) == ("c", "abc")


async def test_two_that_are_away_are_away() -> None:
    one, other = Mouth(fails=Unavailable("one")), Mouth(fails=Unavailable("other"))
    both = Tee(one, other)
    with pytest.raises(Unavailable, match="other"):
        await both.play(b"a ", 1)
    one.fails = other.fails = None
    await both.play(b"b ", 1)
    assert (one.said, other.said) == ("b", "b")


def test_no_library_of_sound_is_loaded_before_it_is_needed() -> None:
    program = """
import sys
import agent.hearing.microphones, agent.speaking.speakers, agent.portaudio
print(sorted({"numpy", "miniaudio", "soxr", "sounddevice"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"
