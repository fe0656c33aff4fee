"""Devices, and files that play the part of one."""

from pathlib import Path

from agent.config.settings import Audio
from agent.hearing.microphones.backends import Backend
from agent.ports import Microphone

_SUFFIXES = {".wav", ".wave"}


def pick_microphone(audio: Audio, pace: str = "real") -> Microphone:
    """The microphone that *audio* asks for: a WAV file (or any other that is there, to
    be told that it is none), or a device ("default", or part of its name).

    *pace* is "real" or "fast", for files. Raises `Misconfigured` for a file that
    cannot be heard.
    """
    path = Path(audio.microphone)
    if path.suffix.lower() in _SUFFIXES or path.is_file():
        from agent.hearing.microphones.file import FileMicrophone

        return FileMicrophone(path, fast=pace == "fast")
    from agent.hearing.microphones.device import DeviceMicrophone

    return DeviceMicrophone(audio, _backends(audio.backend))


def _backends(wanted: str) -> list[Backend]:
    """What *wanted* stands for; each costs what its library does, when it is used."""
    from agent.hearing.microphones.backends.miniaudio import Miniaudio
    from agent.hearing.microphones.backends.pyaudio import PyAudio
    from agent.hearing.microphones.backends.sounddevice import Sounddevice

    known: dict[str, Backend] = {
        "sounddevice": Sounddevice(),
        "miniaudio": Miniaudio(),
        "pyaudio": PyAudio(),
    }
    return [known[wanted]] if wanted in known else list(known.values())


def read_pcm(path: Path) -> bytes:
    """All of a WAV file, as the microphone hears it: 16 kHz mono PCM."""
    from agent.hearing.microphones.wav import Wav

    return b"".join(Wav(path).pieces())
