from collections.abc import Iterator

import pytest

from tests.devices.heard import connected
from tests.rigs.pulse import Pulse, skip_without_sound


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    skip_without_sound()
    with connected(Pulse(), monkeypatch) as server:
        yield server
