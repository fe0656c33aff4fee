from typing import get_args

import numpy as np
import pytest

from agent.speaking.earcons import LOUDNESS, RATE, Earcon, earcon


@pytest.mark.parametrize("name", get_args(Earcon))
def test_it_is_short_soft_and_does_not_click(name: Earcon) -> None:
    samples = np.frombuffer(earcon(name), "<i2").astype(float) / 32768
    assert 0.05 < samples.size / RATE < 0.4
    assert 0.5 * LOUDNESS < np.abs(samples).max() < 2 * LOUDNESS
    assert samples[0] == 0
    assert abs(samples[-1]) < 0.01
    # No jump that a smooth tone of this pitch would not make.
    assert np.abs(np.diff(samples)).max() < 0.1


def test_each_sounds_different() -> None:
    assert len({earcon(name) for name in get_args(Earcon)}) == len(get_args(Earcon))
