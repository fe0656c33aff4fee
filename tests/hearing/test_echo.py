import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config.settings import Vad
from agent.errors import Misconfigured
from agent.hearing.aec3 import Aec3
from agent.hearing.ear import Ear, make_ear
from agent.hearing.echo import CHUNK, LONGEST, EchoFree, Reference, make_echo
from agent.hearing.surroundings import Orders, Surroundings
from agent.ports import RATE
from agent.sounds import Begun, Sound
from tests.hearing import sound
from tests.hearing.rooms import Room, likeness, loudness

BLOCK = 512
AHEAD = 0.1
"""Seconds that a device has in its buffer before the first of them sounds."""


class Nothing:
    """A canceller that finds no echo."""

    def __init__(self) -> None:
        self.near = self.far = b""
        self.resets = 0

    def cancel(self, near: bytes, far: bytes) -> bytes:
        assert len(near) == len(far)
        assert len(near) % (2 * CHUNK) == 0
        self.near += near
        self.far += far
        return near

    def reset(self) -> None:
        self.resets += 1


def echo_free(canceller: Nothing) -> EchoFree:
    echo = EchoFree(lambda: canceller)
    echo.load()
    return echo


def cut(pcm: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    """Frames of so many samples."""
    at = 0
    for length in lengths:
        yield pcm[2 * at : 2 * (at + length)]
        at += length


SECOND = sound.white(1, -30)
OTHER = sound.white(1, -30, seed=2)
LENGTHS = st.lists(st.integers(0, 700), max_size=20)
ONE_LENGTH = st.integers(1, 700).map(lambda length: [length] * (RATE // length))


# In frames of any length.


@given(LENGTHS | ONE_LENGTH)
@settings(max_examples=60)
def test_no_sample_is_lost_or_doubled_and_all_come_10_ms_late(
    lengths: list[int],
) -> None:
    echo = echo_free(Nothing())
    heard = SECOND[: 2 * sum(lengths)]
    frames = [*cut(heard, lengths)]
    cleaned = [echo.clean(frame, ours=True) for frame in frames]
    assert [*map(len, cleaned)] == [*map(len, frames)]
    assert b"".join(cleaned) == (bytes(2 * CHUNK) + heard)[: len(heard)]


@given(ONE_LENGTH)
@settings(max_examples=30)
def test_what_is_heard_meets_what_was_played_meanwhile(lengths: list[int]) -> None:
    canceller = Nothing()
    echo = echo_free(canceller)
    for near, far in zip(cut(SECOND, lengths), cut(OTHER, lengths), strict=True):
        echo.reference.push(far)
        echo.clean(near, ours=True)
    assert SECOND.startswith(canceller.near)
    assert OTHER.startswith(canceller.far)
    assert sum(lengths) * 2 - len(canceller.near) < 2 * CHUNK


def test_while_we_are_silent_frames_are_what_they_are() -> None:
    canceller = Nothing()
    echo = echo_free(canceller)
    frames = sound.frames(SECOND, BLOCK)
    assert all(echo.clean(frame, ours=False) is frame for frame in frames)
    assert canceller.near == b""


def test_our_voice_is_in_the_room_a_little_longer_than_we_speak() -> None:
    canceller = Nothing()
    echo = echo_free(canceller)
    first, *rest = sound.frames(SECOND, 320)
    echo.clean(first, ours=True)
    raw = [echo.clean(frame, ours=False) is frame for frame in rest]
    assert raw == [False] * 14 + [True] * 35
    assert len(canceller.near) == 15 * 640


def test_each_time_we_speak_is_a_stretch_of_its_own() -> None:
    canceller = Nothing()
    echo = echo_free(canceller)
    frames = sound.frames(SECOND, BLOCK)
    echo.clean(frames[0], ours=True)
    for frame in frames[1:]:
        echo.clean(frame, ours=False)
    echo.reference.push(OTHER[:1024])
    cleaned = echo.clean(frames[0], ours=True)
    assert cleaned == bytes(2 * CHUNK) + frames[0][: -2 * CHUNK]
    assert canceller.far.endswith(OTHER[:960])
    assert canceller.resets == 0


def test_what_was_played_while_nobody_listened_cancels_nothing() -> None:
    canceller = Nothing()
    echo = echo_free(canceller)
    echo.clean(SECOND[:1024], ours=True)
    echo.reference.push(OTHER)
    echo.forget()
    assert canceller.resets == 1
    assert echo.clean(SECOND[:960], ours=True) == bytes(320) + SECOND[:640]
    assert not any(canceller.far)


def test_it_has_learnt_when_it_has_heard_three_seconds_of_us() -> None:
    echo = echo_free(Nothing())
    for _ in range(200):
        echo.clean(SECOND[:1024], ours=True)
    assert not echo.learnt  # we were to speak, and did not
    for count in range(94):
        assert not echo.learnt, count
        echo.reference.push(OTHER[:1024])
        echo.clean(SECOND[:1024], ours=True)
    assert echo.learnt
    echo.forget()
    assert not echo.learnt


# What is being played.


def test_a_reference_is_first_in_first_out_and_then_silence() -> None:
    reference = Reference()
    reference.push(b"abcd")
    reference.push(b"ef")
    assert [reference.pop(2) for _ in range(4)] == [b"ab", b"cd", b"ef", b"\0\0"]


@given(st.lists(st.binary(max_size=9), max_size=30), st.integers(1, 9))
def test_a_reference_loses_nothing(pieces: list[bytes], size: int) -> None:
    reference = Reference()
    for piece in pieces:
        reference.push(piece)
    whole = b"".join(pieces)
    popped = [reference.pop(size) for _ in range(len(whole) // size + 1)]
    assert b"".join(popped)[: len(whole)] == whole


def test_a_reference_that_nobody_reads_keeps_the_newest() -> None:
    reference = Reference()
    for frame in sound.frames(SECOND, 100):
        reference.push(frame)
    newest = SECOND[-round(LONGEST * 2 * RATE) :]
    assert reference.pop(len(newest) + 2) == newest + b"\0\0"


def test_what_is_silenced_is_not_going_to_be_heard() -> None:
    reference = Reference()
    reference.push(b"abcd")
    reference.clear()
    assert reference.pop(2) == b"\0\0"


# In rooms.


@cache
def speech() -> bytes:
    """What we say: 18 s."""
    texts = (
        "The kitchen lights are on, and the heating is set to twenty degrees. ",
        "Tomorrow it will rain in the morning, and in the afternoon the sun shines. ",
        "Your next meeting is at half past nine, with Margaret from the planning. ",
        "Shall I remind you a quarter of an hour before it begins? ",
    )
    return sound.silence(0.3) + b"".join(map(sound.spoken, texts))


def played_and_heard(
    played: bytes, heard: bytes, block: int
) -> Iterator[tuple[bytes, bytes]]:
    """What a device takes while each frame is heard."""
    ahead = 2 * round(AHEAD * RATE)
    taken = [played[:ahead], *sound.frames(played[ahead:], block)]
    frames = sound.frames(heard, block)
    return zip([*taken, *[b""] * len(frames)], frames, strict=False)


def cleaned(heard: bytes, block: int = BLOCK) -> bytes:
    echo = EchoFree(Aec3)
    echo.load()
    clean: list[bytes] = []
    for taken, frame in played_and_heard(speech(), heard, block):
        echo.reference.push(taken)
        clean.append(echo.clean(frame, ours=True))
    return b"".join(clean)


def part(pcm: bytes, begin: float, end: float | None = None) -> bytes:
    last = None if end is None else 2 * round(end * RATE)
    return pcm[2 * round(begin * RATE) : last]


LOUD = Room(delay=0.18, level=-6, overdriven=True)
ROOMS = {
    "usual": Room(),
    "loud": LOUD,
    "drifting": Room(drift=1e-4),
    "near": Room(delay=0.02),
    "far": Room(delay=0.3, level=-12),
}
in_every_room = pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)


@in_every_room
def test_after_two_seconds_the_echo_is_a_tenth_of_itself(room: Room) -> None:
    heard = room.echo(speech())
    left = cleaned(heard)
    assert loudness(part(heard, 2)) - loudness(part(left, 2)) >= 20


@pytest.mark.parametrize("block", [160, 320, 333])
def test_the_length_of_frames_does_not_matter(block: int) -> None:
    heard = Room().echo(speech())
    assert loudness(part(heard, 2)) - loudness(part(cleaned(heard, block), 2)) >= 30


def test_someone_else_is_heard_as_they_sound() -> None:
    voice = sound.spoken("Please stop, that is enough for now.")
    said = (sound.silence(8) + voice).ljust(10**6, b"\0")
    clean = cleaned(sound.mixed(Room().echo(speech()), said))
    clean = part(clean, 8, 8 + len(voice) / (2 * RATE))
    assert abs(loudness(clean) - loudness(voice)) < 3
    assert likeness(clean, voice) > 0.7


def full_duplex(echo: EchoFree | None) -> Ear:
    around = Surroundings(lambda: True, Orders(), listens_on=True, echo=echo)
    return make_ear(Vad(), sound.silero_weights(), around)


def found_while_speaking(heard: bytes, *, free: bool = True) -> list[float]:
    """When someone seems to begin to speak, in seconds."""
    echo = EchoFree(Aec3)
    echo.load()
    ear = full_duplex(echo if free else None)
    found: list[Sequence[Sound]] = []
    for taken, frame in played_and_heard(speech(), heard, BLOCK):
        echo.reference.push(taken)
        found.append(ear.feed(frame))
    at = [n for n, sounds in enumerate(found) for s in sounds if isinstance(s, Begun)]
    return [n * BLOCK / RATE for n in at]


@in_every_room
def test_we_do_not_take_ourselves_for_someone_else(room: Room) -> None:
    heard = room.echo(speech())
    assert found_while_speaking(heard, free=False)
    assert found_while_speaking(heard) == []


@in_every_room
def test_someone_who_speaks_while_we_do_is_found(room: Room) -> None:
    voice = sound.spoken("Please stop, that is enough for now.")
    said = (sound.silence(8) + voice).ljust(10**6, b"\0")
    first, *_ = found_while_speaking(sound.mixed(room.echo(speech()), said))
    assert 8 < first < 9.2


def test_what_it_learnt_about_the_room_outlasts_a_pause() -> None:
    echo = EchoFree(Aec3)
    echo.load()
    heard = Room(level=-12).echo(speech())
    left: list[float] = []
    for _ in range(2):
        clean = b""
        for taken, frame in played_and_heard(speech(), heard[: 2 * RATE * 3], BLOCK):
            echo.reference.push(taken)
            clean += echo.clean(frame, ours=True)
        for frame in sound.frames(SECOND, BLOCK):
            echo.clean(frame, ours=False)
        left.append(loudness(part(clean, 0.3, 1.3)))
    assert all(later <= earlier for earlier, later in pairwise(left))


# Where there is a canceller, and where not.


def test_where_it_is_installed_it_is_used_unless_it_is_switched_off() -> None:
    for wanted in ("auto", "aec"):
        echo = make_echo(wanted)
        assert echo is not None
        echo.load()
        echo.reference.push(OTHER[:1024])
        assert echo.clean(SECOND[:1024], ours=True) != SECOND[:1024]
    assert make_echo("off") is None


def test_where_it_is_missing_what_to_install_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)  # cannot be imported
    assert make_echo("auto") is None
    assert make_echo("off") is None
    with pytest.raises(Misconfigured, match=r"audio\.echo") as wrong:
        make_echo("aec")
    assert "pip install 'tonny-agent[echo]'" in str(wrong.value)


def test_one_that_is_broken_keeps_nobody_from_hearing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> Nothing:
        raise ImportError("no libstdc++")

    echo = EchoFree(broken)
    echo.load()
    assert "no libstdc++" in caplog.text
    assert echo.clean(b"abcd", ours=True) == b"abcd"
    assert not echo.learnt
    echo.forget()


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    program = """
import sys
from agent.hearing.echo import make_echo
assert make_echo("aec") is not None
print(sorted({"numpy", "pywebrtc_audio"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"
