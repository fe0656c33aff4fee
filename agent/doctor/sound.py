"""Whether the microphone hears anything."""

from collections.abc import Sequence
from contextlib import suppress

import trio

from agent.app.sound import found_devices
from agent.config.settings import Audio
from agent.doctor.findings import Finding, fault, ok
from agent.errors import AgentError, Misconfigured
from agent.events import Level
from agent.hearing.levels import Meter, judged
from agent.hearing.microphones import pick_microphone
from agent.portaudio import DEFAULT, PULSE, Absent, Device
from agent.ports import RATE

_LISTENED = 1.5
"""Seconds: enough for a microphone to wake up, and not too long to wait for."""

_LISTED_WITHIN = 2.0

_BLOCK, _HZ = RATE // 50, 10

_MUTED = (
    "Unmute it, there and in your desktop's settings for sound, or choose another with"
    " audio.microphone: tonny-agent audio devices lists them."
)
_SOFTER = (
    "Turn its gain down in your desktop's settings for sound, until tonny-agent audio"
    " meter shows no clipping when you speak."
)


_WAKE = (
    "See that no other program keeps it to itself, plug it in again, or choose another"
    " with audio.microphone: tonny-agent audio devices lists them."
)


async def check_level(audio: Audio) -> Sequence[Finding]:
    """Nothing where there is no device, or where the name of a file is wrong: others
    say that."""
    levels: list[Level] = []
    meter = Meter(_HZ)

    def hear(frame: bytes) -> None:
        if (level := meter.heard(frame, False)) is not None:
            levels.append(level)

    try:
        microphone = pick_microphone(audio)
        if not microphone.live:
            return []
        async with microphone.open(_BLOCK, hear, lambda: True):
            await trio.sleep(_LISTENED)
    except (Misconfigured, Absent):
        return []
    except AgentError as exc:
        # What it was caused by has no remedy of its own yet.
        return await _deaf(f"{exc.__cause__ or exc}")
    if not levels:
        return await _deaf("it has stopped sending sound")
    return [_finding(microphone.name, levels)]


async def _deaf(reason: str) -> Sequence[Finding]:
    """Nothing but a microphone that is there can be blamed."""
    there: list[Device] = []
    with trio.move_on_after(_LISTED_WITHIN), suppress(AgentError):
        there = await found_devices()
    # Of a server that has no microphone, its own name is listed all the same.
    if not any(
        device.inputs and device.name not in {PULSE, DEFAULT} for device in there
    ):
        return []
    title = f"There is a microphone, but it cannot be heard: {reason}."
    return [fault("level.deaf", title, _WAKE)]


def _finding(name: str, levels: Sequence[Level]) -> Finding:
    found = judged(levels)
    if found.dead:
        title = f"Not the least sound comes from {name}: it is muted, or switched off."
        return fault("level.dead", title, _MUTED)
    if found.clips:
        title = f"All that comes from {name} is too loud to be understood: it clips."
        return fault("level.clips", title, _SOFTER)
    loud = f"{found.rms:.0f} dBFS, peak {found.peak:.0f}"
    return ok("level", f"Sound comes from {name} ({loud}).")
