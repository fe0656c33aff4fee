"""A sentence comes back from rooms of all kinds, and from no room where it was not."""

import pytest

from agent.hearing.returns import find, loudness
from tests.hearing.rooms import Room
from tests.hearing.sound import mixed, quieter, silence, spoken, tone, white

SAID = "This is Tonny. I am listening for what I say now."
OTHER = "The weather tomorrow will be rather cold, with some rain in the evening."


def heard_in(room: Room, said: bytes) -> bytes:
    return room.echo(said + silence(1))


@pytest.mark.parametrize(
    "room",
    [
        Room(delay=0.02, level=0),
        Room(),
        Room(delay=0.3, level=-40),
        Room(delay=0.18, level=-10, rt60=0.7, overdriven=True),
    ],
    ids=["headset", "usual", "late and soft", "loud, ringing"],
)
def test_it_is_found_when_and_as_loud_as_it_comes_back(room: Room) -> None:
    said = spoken(SAID)
    found = find(said, heard_in(room, said))
    assert found is not None
    assert found.delay == pytest.approx(room.delay, abs=0.002)
    # Overdriven, it is not as loud as it was sent, and some of it comes after it.
    assert found.gain == pytest.approx(room.level, abs=6 if room.overdriven else 1.5)
    assert found.level == pytest.approx(loudness(said) + found.gain, abs=0.1)


def test_it_is_found_in_noise_of_its_own_loudness() -> None:
    said = spoken(SAID)
    heard = heard_in(Room(), said)
    noisy = mixed(heard, white(len(heard) / 32_000, loudness(heard)))
    found = find(said, noisy)
    assert found is not None
    assert found.delay == pytest.approx(0.06, abs=0.002)


@pytest.mark.parametrize(
    "heard",
    [
        silence(6),
        white(6, -40),
        white(6, -6, seed=7),
        tone(6, -20),
        quieter(spoken(OTHER) + silence(2), 6),
        b"",
    ],
    ids=["nothing", "a hiss", "a noise", "a hum", "someone else", "no sound at all"],
)
def test_it_is_not_found_where_it_is_not(heard: bytes) -> None:
    assert find(spoken(SAID), heard) is None
    assert find(silence(1), heard) is None
