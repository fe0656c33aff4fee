"""PortAudio, through sounddevice: what devices there are, and how one is chosen.

PortAudio may hang for ever when a sound daemon does, so everything here is meant
to be called from a thread that can be given up.
"""

import ctypes
import os
from types import ModuleType

import msgspec
import trio

from agent.errors import Unavailable

THREADS = trio.CapacityLimiter(8)
"""Audio's own threads: a hung library must not take those of anything else."""


class Device(msgspec.Struct, frozen=True):
    """A device as PortAudio lists it; channels by direction."""

    index: int
    name: str
    inputs: int
    outputs: int
    rate: float


def library() -> ModuleType:
    """sounddevice; raises `Unavailable` where there is no PortAudio for it."""
    try:
        import sounddevice
    except OSError as exc:
        raise Unavailable(
            "the PortAudio library is missing; install it"
            " (Debian, Ubuntu: apt-get install libportaudio2)"
        ) from exc
    _quieten_alsa()
    module: ModuleType = sounddevice
    return module


_Handler = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)
_silent = _Handler(lambda *_: None)  # kept alive as long as ALSA may call it


def _quieten_alsa() -> None:
    """ALSA tells stderr about every device that it looked for in vain."""
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError:
        return  # no ALSA, nothing to quieten
    alsa.snd_lib_error_set_handler(_silent)


def list_devices() -> list[Device]:
    """All there are, freshly looked for; may be empty."""
    return [
        Device(
            found["index"],
            found["name"],
            found["max_input_channels"],
            found["max_output_channels"],
            found["default_samplerate"],
        )
        for found in library().query_devices()
    ]


def choose(wanted: str, *, output: bool) -> int | None:
    """The index of the device called *wanted* (its number, or part of its name), None
    for the default one. Raises `Unavailable` saying what there is."""
    kind = "speaker" if output else "microphone"
    devices = [d for d in list_devices() if (d.outputs if output else d.inputs)]
    if not devices:
        raise Unavailable(f"no {kind} was found")
    if wanted == "default":
        return None
    for device in devices:
        if wanted == str(device.index) or wanted.lower() in device.name.lower():
            return device.index
    if _is_pulse_name(wanted, devices):
        # PortAudio does not list a sound server's devices; this is how to name one.
        os.environ["PULSE_SINK" if output else "PULSE_SOURCE"] = wanted
        return next(d.index for d in devices if d.name == "pulse")
    names = ", ".join(f'"{device.name}"' for device in devices)
    raise Unavailable(f'there is no {kind} "{wanted}"; there are "default", {names}')


def _is_pulse_name(wanted: str, devices: list[Device]) -> bool:
    named = wanted.startswith(("alsa_", "bluez_"))
    return named and any(device.name == "pulse" for device in devices)
