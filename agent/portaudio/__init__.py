"""PortAudio, through sounddevice: which devices there are, and streams to and from them.

The library is one per process, not made for two threads at once, and hangs for ever
when a sound daemon does. So one thread at a time is let in, every call has a deadline,
and a thread that hangs is left behind.
"""

from agent.portaudio.devices import Device, list_devices
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
    "Device",
    "OutputStream",
    "close",
    "closed",
    "faults",
    "in_thread",
    "leave_behind",
    "list_devices",
    "open_input",
    "open_output",
]
