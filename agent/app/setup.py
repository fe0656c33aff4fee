"""What a run is made of."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from agent.app.session import Onlooker
from agent.config import Config
from agent.ports import Microphone, Speaker


class Setup(msgspec.Struct, frozen=True):
    """What a run is made of."""

    config: Config
    folder: Path
    microphone: Microphone
    speaker: Speaker
    onlookers: Sequence[Onlooker] = ()
