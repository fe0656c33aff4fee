"""Devices that come and go, as a PulseAudio or PipeWire server tells.

Nothing else does: a stream whose device is unplugged is moved to another one, and goes
on as if nothing had happened.
"""

import shutil
import subprocess
from collections.abc import AsyncGenerator

import trio

_TOLD = (b"source", b"sink", b"server", b"card")


def can_tell_changes() -> bool:
    """Whether there is a pactl to ask."""
    return shutil.which("pactl") is not None


@trio.as_safe_channel
async def changes() -> AsyncGenerator[None, None]:
    """Yields once at the beginning, and whenever something may have changed; ends where
    there is no server, or no pactl to ask it, or when the server does."""
    try:
        listener = await trio.lowlevel.open_process(
            ["pactl", "subscribe"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return
    try:
        yield
        if listener.stdout is not None:
            async with listener.stdout as lines:
                async for some in lines:
                    if any(b" on " + kind in some for kind in _TOLD):
                        yield
    finally:
        listener.kill()
        with trio.CancelScope(shield=True):
            await listener.wait()
