"""What a device is handed, and when: with one that takes sound in no time."""

import threading
from collections.abc import AsyncIterator

import numpy as np
import numpy.typing as npt
import pytest
import trio

from agent import portaudio
from agent.errors import Unavailable
from agent.speaking.speakers.device import DeviceSpeaker, open_device
from agent.speaking.speakers.gain import RAMP
from agent.speaking.speakers.writer import PIECE

RATE = 24_000
LEVEL = 8_000
LOUD = np.full(RATE, LEVEL, "<i2").tobytes()
"""A second of it. A step from it, or to it, would be heard as a click."""


class Card:
    """Takes sound while there is *room*, and has been handed *taken*."""

    samplerate, latency, stopped = float(RATE), 0.1, False

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.opened = 0
        self.late = False
        self.room = threading.Event()
        self.room.set()

    async def open(self, *_: object) -> "Card":
        await trio.sleep(0.02)
        self.opened += 1
        return self

    def start(self) -> None:
        """It always is."""

    def write(self, pcm: bytes) -> bool:
        self.room.wait(5)
        self.taken.append(pcm)
        return self.late

    def abort(self, *, ignore_errors: bool) -> None:
        """What it has, nobody hears."""

    def close(self, *, ignore_errors: bool) -> None:
        """There is nothing to close."""

    @property
    def samples(self) -> npt.NDArray[np.int64]:
        return np.frombuffer(b"".join(self.taken), "<i2").astype(np.int64)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    made = Card()
    monkeypatch.setattr(portaudio, "open_output", made.open)
    return made


@pytest.fixture
async def speaker(card: Card) -> AsyncIterator[DeviceSpeaker]:
    async with open_device("default") as opened:
        yield opened


def steepest(samples: npt.NDArray[np.int64]) -> int:
    return int(np.abs(np.diff(samples)).max())


STEEPEST = LEVEL / (RAMP * RATE) * 1.2


async def test_one_that_is_prepared_is_opened_once_and_waits_for_nothing(
    card: Card, speaker: DeviceSpeaker
) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(speaker.prepare, RATE)
        nursery.start_soon(speaker.play, LOUD[:960], RATE)
    await speaker.prepare(RATE)
    await speaker.drain()
    assert card.opened == 1
    assert b"".join(card.taken) == LOUD[:960]


async def test_what_is_wrong_with_it_is_said_by_who_plays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: object) -> Card:
        raise Unavailable("no speaker was found")

    monkeypatch.setattr(portaudio, "open_output", away)
    async with open_device("default") as speaker:
        await speaker.prepare(RATE)
        with pytest.raises(Unavailable, match="no speaker was found"):
            await speaker.play(LOUD, RATE)


async def test_the_device_is_handed_what_was_given_and_no_copy_of_it(
    card: Card, speaker: DeviceSpeaker
) -> None:
    piece = LOUD[: 2 * round(RATE * PIECE)]
    for _ in range(20):
        await speaker.play(piece, RATE)
    await speaker.drain()
    assert len(card.taken) == 20
    assert all(each is piece for each in card.taken)


async def test_what_makes_way_fades_out_and_what_follows_fades_in(
    card: Card, speaker: DeviceSpeaker
) -> None:
    card.room.clear()
    await speaker.play(LOUD[: RATE // 2], RATE)
    speaker.silence(at_once=False)
    card.room.set()
    await speaker.drain()
    cut = len(card.samples)
    assert card.samples[-1] == 0
    await speaker.play(LOUD[: RATE // 4], RATE)
    await speaker.drain()
    assert abs(card.samples[cut]) < STEEPEST
    assert steepest(card.samples) < STEEPEST
    assert 0.005 <= (card.samples[:cut] < LEVEL).sum() / RATE <= 0.01


async def test_after_an_interruption_it_fades_in(
    card: Card, speaker: DeviceSpeaker
) -> None:
    """What the device held is thrown away with it, and cannot fade out."""
    await speaker.play(LOUD[: RATE // 4], RATE)
    await speaker.drain()
    speaker.silence(at_once=True)
    await speaker.drain()
    card.taken.clear()
    await speaker.play(LOUD[: RATE // 4], RATE)
    await speaker.drain()
    assert abs(card.samples[0]) < STEEPEST
    assert steepest(card.samples) < STEEPEST
    assert 0.005 <= (card.samples < LEVEL).sum() / RATE <= 0.01


async def test_running_out_in_the_middle_is_counted(
    card: Card, speaker: DeviceSpeaker
) -> None:
    card.late = True  # also when it begins, which is none
    for _ in range(4):
        await speaker.play(LOUD[:960], RATE)
    await speaker.drain()
    assert speaker.underruns == 3
