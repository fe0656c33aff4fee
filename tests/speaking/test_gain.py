import numpy as np
import pytest

from agent.speaking.speakers.gain import RAMP, Gain

RATE = 24_000
TONE = (12_000 * np.sin(np.arange(RATE) / 20)).astype("<i2").tobytes()


def samples(pcm: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return np.frombuffer(pcm, "<i2")


def test_at_its_usual_loudness_nothing_changes() -> None:
    assert Gain().apply(TONE, RATE) is TONE


@pytest.mark.parametrize("db", [-60.0, -12.0, -3.0])
def test_softer_is_softer_by_so_much(db: float) -> None:
    gain = Gain()
    gain.volume(db)
    soft = samples(gain.apply(TONE, RATE))[RATE // 10 :]
    assert abs(20 * np.log10(soft.std() / samples(TONE).std()) - db) < 0.5


def test_a_change_takes_a_moment_and_does_not_click() -> None:
    gain = Gain()
    loud = gain.apply(TONE[: RATE // 5], RATE)
    gain.volume(-20)
    soft = gain.apply(TONE[RATE // 5 :], RATE)
    whole = samples(loud + soft).astype(int)
    assert (
        np.abs(np.diff(whole)).max() <= np.abs(np.diff(samples(TONE).astype(int))).max()
    )
    ramp = round(RAMP * RATE)
    assert np.abs(samples(soft)[2 * ramp :]).max() < 1300


def test_in_pieces_it_is_the_same_as_whole() -> None:
    one, other = Gain(), Gain()
    for gain in (one, other):
        gain.volume(-6)
    pieces = b"".join(
        one.apply(TONE[at : at + 100], RATE) for at in range(0, 48_000, 100)
    )
    assert pieces == other.apply(TONE, RATE)


def test_much_too_loud_is_bent_and_not_cut_off() -> None:
    gain = Gain()
    gain.volume(12)
    loud = samples(gain.apply(TONE, RATE))[RATE // 10 :]
    assert np.abs(loud).max() < 32_767
    assert np.abs(loud).max() > 26_000
    # Cut off, many samples in a row would be the same.
    assert np.mean(np.diff(loud) == 0) < 0.05


def test_a_cut_fades_out_and_what_follows_fades_in() -> None:
    gain = Gain()
    out = samples(gain.end_softly(TONE, RATE))
    assert out.size == round(RAMP * RATE)
    assert out[-1] == 0
    back = samples(gain.apply(TONE[1000:], RATE))
    assert abs(int(back[0])) < 200
    assert back[500:].tobytes() == TONE[2000:]
