"""PortAudio, through sounddevice: which devices there are, and streams to and from them.

The library is one per process, not made for two threads at once, and hangs for ever
when a sound daemon does. So one thread at a time is let in, every call has a deadline,
and a thread that hangs is left behind.
"""

from agent.portaudio.cancelling import Cancelling, cancelling
from agent.portaudio.changes import can_tell_changes, changes
from agent.portaudio.devices import (
    DEFAULT,
    Absent,
    Device,
    choose,
    known_to_server,
    list_devices,
    named,
)
from agent.portaudio.library import PORTAUDIO, Missing, Stream, quieten_alsa
from agent.portaudio.pulse import DEVICE as PULSE
from agent.portaudio.pulse import preferring
from agent.portaudio.streams import (
    CLOSE_WITHIN,
    OPEN_WITHIN,
    Format,
    OutputStream,
    close,
    closed,
    faults,
    open_input,
    open_output,
)
from agent.portaudio.threads import Hung, acquire, in_thread, leave_behind

__all__ = [
    "CLOSE_WITHIN",
    "DEFAULT",
    "OPEN_WITHIN",
    "PORTAUDIO",
    "PULSE",
    "Absent",
    "Cancelling",
    "Device",
    "Format",
    "Hung",
    "Missing",
    "OutputStream",
    "Stream",
    "acquire",
    "can_tell_changes",
    "cancelling",
    "changes",
    "choose",
    "close",
    "closed",
    "faults",
    "in_thread",
    "known_to_server",
    "leave_behind",
    "list_devices",
    "named",
    "open_input",
    "open_output",
    "preferring",
    "quieten_alsa",
]
