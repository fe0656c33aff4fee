"""Noise is no turn, and what is said in it is heard: as `tests.bench.noisy` measures
with recordings, in little and with what can be made anywhere."""

from pathlib import Path

import numpy as np
import pytest

from agent.config.settings import Vad
from agent.ports import RATE
from tests.bench import noisy
from tests.bench.listener import Listener
from tests.bench.recordings import Prompt, trimmed
from tests.bench.rooms import at_level, made, pcm
from tests.hearing.sound import spoken

COMMANDS = ["Stop.", "Lights on.", "Louder.", "Next song.", "Cancel that."]


@pytest.fixture
def listener(models: Path) -> Listener:
    assert models.is_dir()
    return Listener(Vad())


@pytest.mark.parametrize("level", [-50, -30])
@pytest.mark.parametrize("name", made())
def test_noise_makes_no_turn(name: str, level: float, listener: Listener) -> None:
    room = at_level(made()[name](np.random.default_rng(1), 15 * RATE), level)
    assert not [said for said in listener.listen(pcm(room)) if not said.too_short]


def test_a_short_command_in_noise_is_heard_whole_and_soon(listener: Listener) -> None:
    said = [
        Prompt(text, trimmed(np.frombuffer(spoken(text), "<i2") / 32768))
        for text in COMMANDS
    ]
    rng = np.random.default_rng(2)
    told = [*noisy.tell(listener, said * 2, made(), 20, rng)]
    assert [each.prompt.name for each in told if not each.whole] == []
    delays = [each.delay for each in told if each.delay is not None]
    assert np.quantile(delays, 0.9) <= 0.8
