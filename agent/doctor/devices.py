"""Whether there is something to hear with and something to speak through, and whether
it is what the settings name."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

import trio

from agent.app.sound import found_devices
from agent.config.settings import Audio
from agent.doctor.findings import Finding, fault, ok
from agent.errors import AgentError, Misconfigured
from agent.hearing.microphones import pick_microphone
from agent.portaudio import (
    DEFAULT,
    PORTAUDIO,
    Absent,
    Device,
    Missing,
    choose,
    in_thread,
)

Kind: TypeAlias = Literal["microphone", "speaker"]

_WITHIN = 6.0
"""Seconds after which the sound system hangs."""

_RESTART = (
    "Restart it: systemctl --user restart pipewire pipewire-pulse wireplumber (where it"
    " is PulseAudio: pulseaudio --kill)."
)

_NO_SOUND = (
    "Connect one, or use files: tonny-agent run --microphone FILE.wav --speaker OUT.wav"
)
_INSTALL = (
    "Install it: sudo apt-get install --reinstall libportaudio2 (Debian, Ubuntu), sudo"
    " dnf install portaudio (Fedora), brew install portaudio (macOS)."
)


async def check_sound(audio: Audio) -> Sequence[Finding]:
    """A file may play the part of either: then no device is needed for that."""
    microphone = _heard_file(audio)
    speaker = _spoken_file(audio.speaker)
    files = [each for each in (microphone, speaker) if each is not None]
    if len(files) == 2:
        return files
    with trio.move_on_after(_WITHIN):
        return [*files, *await _devices(audio, microphone, speaker)]
    title = "The sound system of this computer does not answer."
    return [*files, fault("audio.silent", title, _RESTART)]


async def _devices(
    audio: Audio, microphone: Finding | None, speaker: Finding | None
) -> Sequence[Finding]:
    """Of those that are no files."""
    lacking = await _portaudio()
    # To hear, there are other ways.
    if lacking is not None and (speaker is None or audio.backend == "sounddevice"):
        return [lacking]
    try:
        there = await found_devices()
    except AgentError as exc:
        return [fault("audio", f"No sound: {exc}", _NO_SOUND)]
    found: list[Finding] = []
    if microphone is None:
        found.append(await _device(there, "microphone", audio.microphone))
    if speaker is None:
        found.append(await _device(there, "speaker", audio.speaker))
    return found


def _heard_file(audio: Audio) -> Finding | None:
    """What is to be said of the microphone where it is a file."""
    try:
        if pick_microphone(audio).live:
            return None
    except Misconfigured as exc:
        remedy = f'Set audio.microphone = "{DEFAULT}", or to a WAV file that is there.'
        return fault("microphone.file", f"The microphone {exc}.", remedy)
    except AgentError:
        return None  # the library that reads it is missing, which others say
    return ok("microphone", f"The microphone is {audio.microphone}.")


def _spoken_file(name: str) -> Finding | None:
    path = Path(name)
    if name != "none" and path.suffix.lower() not in {".wav", ".wave"}:
        return None
    folder = path.absolute().parent
    place = path if path.exists() else folder
    if name != "none" and (path.is_dir() or not os.access(place, os.W_OK)):
        title = f"The speaker {name} cannot be written."
        remedy = (
            f'Set audio.speaker = "{DEFAULT}", or to a WAV file in a folder of yours.'
        )
        return fault("speaker.file", title, remedy)
    return ok("speaker", f"The speaker is {name}.")


async def _portaudio() -> Finding | None:
    """Whether it can be loaded."""
    try:
        await in_thread(_load, _WITHIN)
    except Missing as exc:
        title = f"PortAudio is missing, or broken: {exc.__cause__ or exc}."
        return fault("audio.portaudio", title, _INSTALL)
    except AgentError:
        return None  # it is there, and what it lacks is found by listing the devices
    return None


def _load() -> None:
    with PORTAUDIO.entered():
        return


async def _device(there: Sequence[Device], kind: Kind, name: str) -> Finding:
    direction: Literal["input", "output"]
    direction = "input" if kind == "microphone" else "output"
    own = [device for device in there if not device.is_node]
    try:
        await in_thread(partial(choose, own, name, direction), _WITHIN)
    except Absent as exc:
        if name == DEFAULT or not any(device.has(direction) for device in there):
            return fault(kind, f"There is no {kind}.", _NO_SOUND)
        remedy = f'Set audio.{kind} to one of these, or to "{DEFAULT}".'
        return fault(f"{kind}.absent", _sentence(exc), remedy)
    except AgentError as exc:
        return fault("audio", f"No sound: {exc}", _NO_SOUND)
    return ok(kind, f"There is a {kind}.")


def _sentence(exc: AgentError) -> str:
    said = f"{exc}"
    return f"{said[:1].upper()}{said[1:]}."
