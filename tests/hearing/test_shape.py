"""Whatever a device sends becomes 16 kHz mono in blocks of one length."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.hearing.microphones.shape import Blocks, shaped
from agent.ports import RATE

BLOCK = 512


def sine(
    rate: int, seconds: float, level: float = 0.5, hertz: float = 440
) -> npt.NDArray[np.float64]:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def pcm(*channels: npt.NDArray[np.float64]) -> bytes:
    frames = np.stack(channels, axis=1)
    return (32767 * frames).astype("<i2").tobytes()


def heard(
    sound: bytes,
    rate: int,
    channels: int,
    *,
    channel: int = 0,
    gain_db: float = 0.0,
    piece: int = 441,
) -> npt.NDArray[np.float64]:
    """What comes of *sound*, given *piece* frames at a time."""
    blocks: list[bytes] = []
    take = shaped(
        rate, channels, blocks.append, block=BLOCK, channel=channel, gain_db=gain_db
    )
    size = 2 * channels * piece
    for at in range(0, len(sound), size):
        take(sound[at : at + size])
    assert {len(block) for block in blocks} <= {2 * BLOCK}
    return np.frombuffer(b"".join(blocks), "<i2") / 32767


def rms(samples: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def power_at(samples: npt.NDArray[np.float64], hertz: float) -> float:
    """What share of the power is within 5 Hz of *hertz*."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / RATE) - hertz) < 5
    return float(spectrum[near].sum() / spectrum.sum())


@given(pieces=st.lists(st.binary(max_size=40)), size=st.integers(1, 30))
def test_blocks_hold_all_that_came_in_order(pieces: list[bytes], size: int) -> None:
    out: list[bytes] = []
    blocks = Blocks(size, out.append)
    for piece in pieces:
        blocks.feed(piece)
    whole = b"".join(pieces)
    assert all(len(block) == size for block in out)
    assert b"".join(out) == whole[: len(whole) // size * size]


def test_what_needs_no_change_is_handed_on_as_it_is() -> None:
    blocks: list[bytes] = []
    block = bytes(range(256)) * 4
    shaped(RATE, 1, blocks.append, block=BLOCK)(block)
    assert blocks[0] is block


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_tone_stays_what_it_was(rate: int, channels: int) -> None:
    tone = sine(rate, 2)
    found = heard(pcm(*[tone] * channels), rate, channels)
    assert len(found) == pytest.approx(2 * RATE, abs=0.1 * RATE)
    middle = found[RATE // 2 : RATE * 3 // 2]
    assert rms(middle) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)
    assert power_at(middle, 440) > 0.9999


def test_what_cannot_be_heard_at_16_khz_is_not_heard_as_something_else() -> None:
    found = heard(pcm(sine(48_000, 2, hertz=11_000)), 48_000, 1)
    assert rms(found[RATE // 2 : RATE * 3 // 2]) < 0.001


@pytest.mark.parametrize(
    ("channel", "hertz"), [(1, 300), (2, 700)], ids=["first", "second"]
)
def test_one_channel_can_be_chosen(channel: int, hertz: float) -> None:
    stereo = pcm(sine(RATE, 1, hertz=300), sine(RATE, 1, hertz=700))
    assert power_at(heard(stereo, RATE, 2, channel=channel), hertz) > 0.9999


@pytest.mark.parametrize("channel", [0, 3], ids=["none is chosen", "it has no third"])
def test_all_channels_are_mixed_where(channel: int) -> None:
    loud, quiet = sine(RATE, 1, 0.6), sine(RATE, 1, 0.2)
    found = heard(pcm(loud, quiet), RATE, 2, channel=channel)
    assert rms(found) == pytest.approx(0.4 / np.sqrt(2), rel=0.01)


@pytest.mark.parametrize("gain_db", [-20, -6, 6])
def test_gain_is_in_decibels(gain_db: float) -> None:
    found = heard(pcm(sine(RATE, 1, 0.1)), RATE, 1, gain_db=gain_db)
    louder = 20 * np.log10(rms(found) / (0.1 / np.sqrt(2)))
    assert louder == pytest.approx(gain_db, abs=0.05)


def test_what_gets_too_loud_is_clipped_and_does_not_wrap_around() -> None:
    found = heard(pcm(sine(RATE, 1, 0.9)), RATE, 1, gain_db=20)
    assert found.max() == pytest.approx(1, abs=0.001)
    assert found.min() == pytest.approx(-1, abs=0.001)
    assert np.abs(np.diff(found)).max() < 1.99  # from one end to the other in no step


@given(
    pieces=st.lists(st.integers(0, 700), min_size=1, max_size=20),
    rate=st.sampled_from([RATE, 44_100]),
)
def test_it_does_not_matter_in_what_pieces_sound_comes(
    pieces: list[int], rate: int
) -> None:
    sound = pcm(sine(rate, 0.2), sine(rate, 0.2))
    blocks: list[bytes] = []
    take = shaped(rate, 2, blocks.append, block=160)
    rest = sound
    for piece in [*pieces, len(sound)]:
        take(rest[: 4 * piece])
        rest = rest[4 * piece :]
    at_once: list[bytes] = []
    shaped(rate, 2, at_once.append, block=160)(sound)
    ours, theirs = (
        np.frombuffer(b"".join(each), "<i2").astype(int) for each in (blocks, at_once)
    )
    shorter = min(len(ours), len(theirs))
    assert abs(len(ours) - len(theirs)) <= 2 * 160
    assert np.abs(ours[:shorter] - theirs[:shorter]).max(initial=0) <= 1
