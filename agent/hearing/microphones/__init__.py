"""Devices, and files that play the part of one."""

from pathlib import Path

from agent.ports import Microphone


def pick_microphone(name: str, pace: str = "real") -> Microphone:
    """The microphone called *name*: a WAV file, or a device ("default" or its name).

    Raises `Misconfigured` for a file that cannot be heard.
    """
    if name.lower().endswith((".wav", ".wave")):
        from agent.hearing.microphones.file import FileMicrophone

        return FileMicrophone(Path(name), fast=pace == "fast")
    from agent.hearing.microphones.device import DeviceMicrophone

    return DeviceMicrophone(name)
