import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import msgspec
import numpy as np
import pytest
import trio

from agent.app.conversation import Conversation
from agent.app.session import open_session
from agent.app.setup import Setup
from agent.config import Config
from agent.errors import Misconfigured
from agent.portaudio import PORTAUDIO
from agent.ports import Speaker
from agent.speaking.speakers import open_speaker
from agent.speaking.speakers.silent import SilentSpeaker
from agent.speaking.speakers.tapped import RATE, Tap, Tapped
from agent.speaking.speakers.tee import Tee
from tests.fakes import Mouth, Tape
from tests.rigs.pulse import Pulse, Recording, skip_without_sound

SECOND = 2 * RATE


def tone(rate: int, seconds: float) -> bytes:
    at = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * np.pi * 500 * at)).astype("<i2").tobytes()


class Note:
    """Takes down what is played."""

    def __init__(self) -> None:
        self.pcm = b""
        self.cleared = 0

    def push(self, pcm: bytes) -> None:
        self.pcm += pcm

    def clear(self) -> None:
        self.cleared += 1


class Talking(Mouth):
    """A speaker that can be tapped, and plays all at once."""

    def __init__(self) -> None:
        super().__init__(audible=True)
        self.tapped: list[Tap] = []

    def tap(self, tap: Tap) -> None:
        self.tapped.append(tap)


def test_what_is_played_at_16_khz_is_told_as_it_is() -> None:
    note = Note()
    tap = Tap(note)
    tap.played(b"abcd", RATE)
    tap.paused()
    tap.played(b"ef", RATE)
    assert note.pcm == b"abcdef"


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_what_is_played_at_another_rate_is_told_at_16_khz(rate: int) -> None:
    note = Note()
    tap = Tap(note)
    sound = tone(rate, 1)
    for at in range(0, len(sound), rate // 25):
        tap.played(sound[at : at + rate // 25], rate)
        behind = at / 2 / rate - len(note.pcm) / SECOND
        assert behind < 0.1
    tap.paused()
    assert len(note.pcm) == pytest.approx(SECOND, abs=4)
    middle = slice(SECOND // 4, SECOND // 2)
    played = np.frombuffer(note.pcm, "<i2")[middle].astype(int)
    wanted = np.frombuffer(tone(RATE, 1), "<i2")[middle]
    assert np.abs(played - wanted).max() < 200


def test_what_is_silenced_is_told_and_not_remembered() -> None:
    note = Note()
    tap = Tap(note)
    tap.played(tone(48_000, 0.01), 48_000)
    told = len(note.pcm)
    tap.silenced()
    assert note.cleared == 1
    tap.paused()
    assert len(note.pcm) == told


def test_of_two_speakers_the_one_that_can_be_heard_is_tapped() -> None:
    aloud, tap = Talking(), Tap(Note())
    both: Speaker = Tee(aloud, SilentSpeaker())
    assert isinstance(both, Tapped)
    both.tap(tap)
    assert aloud.tapped == [tap]
    assert not isinstance(SilentSpeaker(), Tapped)


# In the agent.


async def tapped(
    folder: Path, echo: str, *, live: bool = True, cancelled: bool = False
) -> list[Tap]:
    """How the speaker of an agent with the setting *echo* is tapped."""
    config = msgspec.convert({"audio": {"echo": echo}}, Config)
    speaker = Talking()
    async with open_session(folder, config) as session:
        setup = Setup(config, folder, Tape([], live=live), speaker)
        Conversation(setup, session, cancelled=cancelled)
    return speaker.tapped


async def test_a_speaker_is_tapped_where_a_microphone_could_hear_it(
    tmp_path: Path,
) -> None:
    assert len(await tapped(tmp_path, "auto")) == 1
    assert len(await tapped(tmp_path, "aec")) == 1
    assert await tapped(tmp_path, "off") == []
    assert await tapped(tmp_path, "auto", live=False) == []


async def test_without_a_canceller_the_agent_does_without_unless_it_must_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)  # cannot be imported
    assert await tapped(tmp_path, "auto") == []
    with pytest.RaisesGroup(pytest.RaisesExc(Misconfigured, match=r"\[echo\]")):
        await tapped(tmp_path, "aec")


# On a real device.


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    skip_without_sound()
    with Pulse() as rig:
        for name, value in rig.env.items():
            monkeypatch.setenv(name, value)
        PORTAUDIO.outdated = True  # what it saw was the world before
        yield rig
    PORTAUDIO.outdated = True


class Compared(Note):
    """How much was told, and how much of it one could hear at that moment."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self.moments: list[tuple[int, int]] = []

    def push(self, pcm: bytes) -> None:
        super().push(pcm)
        self.moments.append((len(self.pcm), len(self._recording.pcm)))


@pytest.mark.parametrize("rate", [16_000, 22_050])
async def test_what_a_device_plays_is_told_before_it_sounds_but_not_long(
    pulse: Pulse, rate: int
) -> None:
    async with open_speaker("default") as speaker:
        assert isinstance(speaker, Tapped)
        with pulse.recording() as recording:
            note = Compared(recording)
            speaker.tap(Tap(note))
            await speaker.play(tone(rate, 1.5), rate)
            await speaker.drain()
            pcm = await trio.to_thread.run_sync(recording.more, 0.3)
    assert len(note.pcm) == pytest.approx(1.5 * SECOND, abs=8)
    begun = 2 * int(np.argmax(np.abs(np.frombuffer(pcm, "<i2")) > 2000))
    leads = [(told - max(0, heard - begun)) / SECOND for told, heard in note.moments]
    assert 0 <= median(leads) < max(leads) < 0.5


async def test_what_a_device_will_not_play_is_told_too(pulse: Pulse) -> None:
    note = Note()
    async with open_speaker("default") as speaker:
        assert isinstance(speaker, Tapped)
        speaker.tap(Tap(note))
        await speaker.play(tone(RATE, 0.6), RATE)
        speaker.silence()
        await speaker.drain()
        assert note.cleared == 1
        told = len(note.pcm)
        assert told < 0.6 * SECOND
        await speaker.play(tone(RATE, 0.2), RATE)
        await speaker.drain()
    assert len(note.pcm) == told + SECOND // 5


async def test_it_is_not_tapped_where_the_operating_system_does_it(
    tmp_path: Path,
) -> None:
    for echo, count in (("auto", 0), ("aec", 1)):
        assert len(await tapped(tmp_path, echo, cancelled=True)) == count
