"""PortAudio, through sounddevice: which devices there are, and streams to and from them.

The library is one per process, not made for two threads at once, and hangs for ever
when a sound daemon does. So one thread at a time is let in, every call has a deadline,
and a thread that hangs is left behind.
"""

from agent.portaudio.changes import changes
from agent.portaudio.devices import DEFAULT, Device, Presence, list_devices, present
from agent.portaudio.library import Stream
from agent.portaudio.streams import (
    CLOSE_WITHIN,
    OutputStream,
    close,
    closed,
    faults,
    open_input,
    open_output,
)
from agent.portaudio.threads import in_thread, leave_behind

__all__ = [
    "CLOSE_WITHIN",
    "DEFAULT",
    "Device",
    "OutputStream",
    "Presence",
    "Stream",
    "changes",
    "close",
    "closed",
    "faults",
    "in_thread",
    "leave_behind",
    "list_devices",
    "open_input",
    "open_output",
    "present",
]
