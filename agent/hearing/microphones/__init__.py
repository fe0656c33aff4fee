"""Devices, and files that play the part of one."""

from pathlib import Path

from agent.ports import Microphone

_SUFFIXES = {".wav", ".wave"}


def pick_microphone(name: str, pace: str = "real") -> Microphone:
    """The microphone called *name*: a WAV file (or any other that is there, to be told
    that it is none), or a device ("default", or part of its name).

    *pace* is "real" or "fast", for files. Raises `Misconfigured` for a file that
    cannot be heard.
    """
    path = Path(name)
    if path.suffix.lower() in _SUFFIXES or path.is_file():
        from agent.hearing.microphones.file import FileMicrophone

        return FileMicrophone(path, fast=pace == "fast")
    from agent.hearing.microphones.device import DeviceMicrophone

    return DeviceMicrophone(name)


def read_pcm(path: Path) -> bytes:
    """All of a WAV file, as the microphone hears it: 16 kHz mono PCM."""
    from agent.hearing.microphones.wav import Wav

    return b"".join(Wav(path).pieces())
