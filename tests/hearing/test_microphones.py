"""A WAV file plays the part of a microphone."""

import struct
import threading
import time
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from agent.config.settings import Audio
from agent.errors import Misconfigured
from agent.hearing.microphones import pick_microphone, read_pcm
from agent.hearing.microphones.file import FileMicrophone
from agent.hearing.microphones.wav import in_blocks
from agent.ports import RATE
from tests.fakes import always

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
STREAMED = 0xFFFF_FFFF
BLOCK = 512


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    size = len(content) if size is None else size
    return name + struct.pack("<I", size) + content + b"\0" * (len(content) % 2)


def fmt(tag: int = PCM, channels: int = 1, rate: int = RATE, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    fields = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits)
    return chunk(b"fmt ", fields)


def extensible(tag: int, channels: int, rate: int, bits: int) -> bytes:
    plain = fmt(EXTENSIBLE, channels, rate, bits)[8:]
    guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    return chunk(b"fmt ", plain + struct.pack("<HHI", 22, bits, 0) + guid)


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks), size)


def tone(
    hertz: float, rate: int, seconds: float = 0.5, level: float = 0.5
) -> npt.NDArray[np.float64]:
    at = np.arange(round(seconds * rate)) / rate
    return level * np.sin(2 * np.pi * hertz * at)


def encoded(samples: npt.NDArray[np.float64], tag: int, bits: int) -> bytes:
    if tag == FLOAT:
        return bytes(samples.astype(np.float32 if bits == 32 else np.float64).data)
    whole = np.rint(samples * 2 ** (bits - 1)).astype(np.int64)
    if bits == 8:
        return bytes((whole + 128).tolist())
    return b"".join(int(s).to_bytes(bits // 8, "little", signed=True) for s in whole)


def heard(path: Path) -> npt.NDArray[np.float64]:
    return np.frombuffer(read_pcm(path), "<i2") / 32768


def power_at(samples: npt.NDArray[np.float64], hertz: float) -> float:
    """In dB below a full-scale sine, of the middle of *samples*."""
    middle = samples[1000:-1000] * np.hanning(len(samples) - 2000)
    at = np.arange(len(middle)) / RATE
    found = abs(middle @ np.exp(-2j * np.pi * hertz * at)) * 4 / len(middle)
    return float(20 * np.log10(found + 1e-9))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize(
    ("tag", "bits"),
    [(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)],
)
def test_any_pcm_is_heard_as_it_sounds(
    tmp_path: Path, tag: int, bits: int, rate: int, channels: int
) -> None:
    frames = np.repeat(tone(440, rate), channels)
    path = tmp_path / "tone.wav"
    path.write_bytes(
        riff(fmt(tag, channels, rate, bits), chunk(b"data", encoded(frames, tag, bits)))
    )
    sound = heard(path)
    assert abs(len(sound) - RATE // 2) <= 1
    error = sound[1000:-1000] - tone(440, RATE)[1000 : len(sound) - 1000]
    assert np.abs(error).max() < (0.02 if bits == 8 else 0.001)


def test_what_needs_no_conversion_is_not_changed(tmp_path: Path) -> None:
    every = np.arange(-32768, 32768).astype("<i2").tobytes()
    path = tmp_path / "every.wav"
    path.write_bytes(riff(fmt(), chunk(b"data", every)))
    assert read_pcm(path) == every


def test_two_channels_are_mixed(tmp_path: Path) -> None:
    left, right = tone(300, RATE), tone(1000, RATE)
    frames = np.stack([left, right], axis=1).ravel()
    path = tmp_path / "stereo.wav"
    path.write_bytes(riff(fmt(channels=2), chunk(b"data", encoded(frames, PCM, 16))))
    assert np.abs(heard(path) - (left + right) / 2).max() < 0.001


@pytest.mark.parametrize("hertz", [9000, 12_000, 15_500, 19_000, 23_000])
def test_what_is_too_high_for_us_does_not_come_back_lower(
    tmp_path: Path, hertz: int
) -> None:
    path = tmp_path / "high.wav"
    sound = encoded(tone(hertz, 48_000), PCM, 16)
    path.write_bytes(riff(fmt(rate=48_000), chunk(b"data", sound)))
    alias = abs(hertz - RATE)
    assert power_at(heard(path), alias) < -70


def test_a_telephone_recording_gets_no_mirror_image(tmp_path: Path) -> None:
    path = tmp_path / "telephone.wav"
    sound = encoded(tone(3000, 8000), PCM, 16)
    path.write_bytes(riff(fmt(rate=8000), chunk(b"data", sound)))
    assert power_at(heard(path), 3000) == pytest.approx(-6, abs=0.2)
    assert power_at(heard(path), 5000) < -70


SOUND = encoded(tone(440, RATE), PCM, 16)


@pytest.mark.parametrize(
    "content",
    [
        riff(
            chunk(b"LIST", b"INFOabc"),
            fmt(),
            chunk(b"junk", b"x"),
            chunk(b"data", SOUND),
        ),
        riff(fmt(), chunk(b"data", SOUND), chunk(b"LIST", b"INFOISFT")),
        riff(fmt(), chunk(b"data", SOUND, STREAMED), size=STREAMED),
        riff(fmt(), chunk(b"data", SOUND, STREAMED), size=0),
        riff(fmt(), chunk(b"data", SOUND, 0x7FFF_FFFF - 36), size=0x7FFF_FFFF),
        riff(extensible(PCM, 1, RATE, 16), chunk(b"data", SOUND)),
    ],
    ids=["odd chunks", "tags behind", "streamed", "size 0", "sox pipe", "extensible"],
)
def test_what_writers_get_wrong_is_forgiven(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "strange.wav"
    path.write_bytes(content)
    assert read_pcm(path) == SOUND


def test_of_a_cut_file_all_that_is_there_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(riff(fmt(), chunk(b"data", SOUND))[:9001])
    assert read_pcm(path) == SOUND[: 9001 - 44 - 1]


def test_impossible_numbers_do_not_spoil_what_follows(tmp_path: Path) -> None:
    sound = tone(440, 48_000)
    sound[1000:1010] = [np.nan, np.inf, -np.inf, 1e30, -1e30] * 2
    path = tmp_path / "nan.wav"
    path.write_bytes(
        riff(fmt(FLOAT, 1, 48_000, 32), chunk(b"data", encoded(sound, FLOAT, 32)))
    )
    assert power_at(heard(path)[2000:], 440) == pytest.approx(-6, abs=0.2)


def test_too_loud_is_clipped(tmp_path: Path) -> None:
    path = tmp_path / "loud.wav"
    loud = encoded(tone(440, RATE, level=4), FLOAT, 32)
    path.write_bytes(riff(fmt(FLOAT, bits=32), chunk(b"data", loud)))
    sound = heard(path)
    assert sound.max() > 0.999
    assert sound.min() == -1
    assert power_at(sound, 440) > 0


def test_an_hour_is_not_held_in_memory(tmp_path: Path) -> None:
    from agent.hearing.microphones.wav import Wav

    path = tmp_path / "long.wav"
    path.write_bytes(riff(fmt(rate=48_000), chunk(b"data", bytes(2 * 48_000 * 100))))
    tracemalloc.start()
    try:
        length = sum(len(piece) for piece in Wav(path).pieces())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == 2 * RATE * 100
    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "is no sound"),
        (b"Dear diary, today I recorded nothing.", "is no sound"),
        (b"ID3\x04" + bytes(3000), "is no sound"),
        (riff(fmt(channels=0), chunk(b"data", SOUND)), "is no sound"),
        (riff(fmt(rate=0), chunk(b"data", SOUND)), "is no sound"),
        (riff(fmt(tag=0x55), chunk(b"data", SOUND)), "is no sound"),
    ],
    ids=["missing", "empty", "text", "mp3", "no channels", "no rate", "mp3 inside"],
)
def test_what_is_no_wav_is_refused_by_name(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "diary.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Misconfigured, match=said) as refused:
        pick_microphone(Audio(microphone=str(path)))
    assert str(path) in str(refused.value)
    assert "give a WAV file" in str(refused.value)


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    folder = tmp_path / "tapes.wav"
    folder.mkdir()
    with pytest.raises(Misconfigured, match="is a folder"):
        pick_microphone(Audio(microphone=str(folder)))


def test_a_file_without_the_suffix_is_still_a_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a device")
    with pytest.raises(Misconfigured, match="is no sound"):
        pick_microphone(Audio(microphone=str(path)))


@given(pieces=st.lists(st.binary(max_size=40)), size=st.integers(1, 30))
def test_blocks_hold_all_that_pieces_held(pieces: list[bytes], size: int) -> None:
    blocks = list(in_blocks(pieces, size))
    whole = b"".join(pieces)
    assert all(len(block) == size for block in blocks)
    assert b"".join(blocks) == whole + bytes(-len(whole) % size)


@pytest.fixture
def recording(tmp_path: Path) -> tuple[FileMicrophone, bytes]:
    """0.3 s, in real time."""
    sound = encoded(tone(440, RATE, 0.3), PCM, 16)
    path = tmp_path / "question.wav"
    path.write_bytes(riff(fmt(), chunk(b"data", sound)))
    return FileMicrophone(path, fast=False), sound


async def test_a_file_is_heard_in_real_time_from_a_thread(
    recording: tuple[FileMicrophone, bytes],
) -> None:
    microphone, sound = recording
    blocks: list[bytes] = []
    times: list[float] = []
    threads = set()

    def hear(pcm: bytes) -> None:
        blocks.append(pcm)
        times.append(time.monotonic())
        threads.add(threading.get_ident())

    assert not microphone.live
    async with microphone.open(BLOCK, hear, always) as listening:
        await listening.ended()
    assert b"".join(blocks) == sound + bytes(-len(sound) % (2 * BLOCK))
    assert {len(block) for block in blocks} == {2 * BLOCK}
    assert threading.get_ident() not in threads
    expected = (len(blocks) - 1) * BLOCK / RATE
    assert expected <= times[-1] - times[0] + 0.005
    assert times[-1] - times[0] < expected + 1


async def test_a_listener_that_made_it_wait_is_not_hurried_afterwards(
    recording: tuple[FileMicrophone, bytes],
) -> None:
    microphone, sound = recording
    blocks: list[bytes] = []
    times: list[float] = []

    def hear(pcm: bytes) -> None:
        blocks.append(pcm)
        if len(blocks) == 3:
            trio.from_thread.run(trio.sleep, 0.3)
        times.append(time.monotonic())

    async with microphone.open(BLOCK, hear, always) as listening:
        await listening.ended()
    assert b"".join(blocks)[: len(sound)] == sound
    after = np.diff(times[2:])[1:]
    assert after.sum() >= 0.9 * len(after) * BLOCK / RATE


async def test_fast_is_as_fast_as_it_can_be_heard(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(riff(fmt(), chunk(b"data", bytes(2 * RATE * 60))))
    count = 0

    def hear(_: bytes) -> None:
        nonlocal count
        count += 1

    with trio.fail_after(5):
        async with FileMicrophone(path, fast=True).open(
            BLOCK, hear, always
        ) as listening:
            await listening.ended()
    assert count == 60 * RATE // BLOCK


async def test_nothing_is_played_before_someone_waits_for_the_end(
    recording: tuple[FileMicrophone, bytes],
) -> None:
    microphone, _ = recording
    blocks: list[bytes] = []
    async with microphone.open(BLOCK, blocks.append, always):
        await trio.sleep(0.1)
    assert blocks == []


async def test_playing_can_be_cancelled_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(riff(fmt(), chunk(b"data", bytes(2 * RATE * 60))))
    count = 0

    def hear(_: bytes) -> None:
        nonlocal count
        count += 1

    began = time.monotonic()
    with trio.move_on_after(0.1) as gone:
        async with FileMicrophone(path, fast=False).open(
            BLOCK, hear, always
        ) as listening:
            await listening.ended()
    assert gone.cancelled_caught
    assert time.monotonic() - began < 0.5
    heard_so_far = count
    await trio.sleep(0.1)
    assert count == heard_so_far


async def test_playing_can_be_cancelled_while_its_listener_waits(
    recording: tuple[FileMicrophone, bytes],
) -> None:
    microphone, _ = recording

    def hear(_: bytes) -> None:
        trio.from_thread.run(trio.sleep_forever)

    with trio.fail_after(2), trio.move_on_after(0.1) as gone:
        async with microphone.open(BLOCK, hear, always) as listening:
            await listening.ended()
    assert gone.cancelled_caught


async def test_what_the_listener_raises_ends_the_playing(
    recording: tuple[FileMicrophone, bytes],
) -> None:
    microphone, _ = recording

    def hear(_: bytes) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with microphone.open(BLOCK, hear, always) as listening:
            await listening.ended()
