"""What a run is made of."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from agent.app.controls import Reread
from agent.app.session import Onlooker
from agent.config import Config
from agent.desktop.superior import Superior
from agent.ports import Microphone, Speaker


class Setup(msgspec.Struct, frozen=True):
    """What a run is made of. *patient*: a microphone that is not there at the start is
    waited for; *muted*: it is not opened before it is asked for. *superior* wants to
    know how it is."""

    config: Config
    folder: Path
    microphone: Microphone
    speaker: Speaker
    onlookers: Sequence[Onlooker] = ()
    patient: bool = False
    superior: Superior | None = None
    reread: Reread | None = None
    muted: bool = False
