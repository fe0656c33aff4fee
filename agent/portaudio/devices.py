"""Which devices there are, and which one a name means."""

from collections.abc import Sequence
from types import ModuleType

import msgspec

from agent.errors import Unavailable
from agent.portaudio import pulse
from agent.portaudio.library import PORTAUDIO
from agent.portaudio.pulse import Direction

DEFAULT = "default"

KIND = {"input": "microphone", "output": "speaker"}


class Absent(Unavailable):
    """There is no such device, now."""


class Device(msgspec.Struct, frozen=True):
    """*inputs* and *outputs* count channels; *is_node* tells that a PulseAudio server
    has it: PortAudio reaches all of those through the one *index*."""

    name: str
    index: int
    inputs: int
    outputs: int
    description: str = ""
    is_node: bool = False

    def has(self, direction: Direction) -> bool:
        return bool(self.inputs if direction == "input" else self.outputs)


def list_devices() -> list[Device]:
    """All there are, maybe none. Blocks: call it in a thread.

    Raises `Unavailable` without PortAudio.
    """
    with PORTAUDIO.entered() as sounddevice:
        devices = known(sounddevice)
        if not devices:
            PORTAUDIO.outdated = True
        return [*devices, *_nodes(devices, "input"), *_nodes(devices, "output")]


def choose(there: Sequence[Device], wanted: str, direction: Direction) -> Device | None:
    """Which of those that are *there* is *wanted*: by its name, its number, or part of
    its name or of its description. None for the default one. Raises `Absent`
    saying what there is."""
    devices = [device for device in there if device.has(direction)]
    if not devices:
        raise Absent(f"no {KIND[direction]} was found")
    if wanted == DEFAULT:
        # Without a microphone, PulseAudio would have us listen to the speaker.
        only_server = {device.name for device in devices} <= {pulse.DEVICE, DEFAULT}
        if only_server and pulse.known_nodes(direction) == []:
            raise Absent(f"no {KIND[direction]} was found")
        return None
    devices += _nodes(devices, direction)
    if found := named(wanted, devices):
        return found
    names = ", ".join(f'"{device.name}"' for device in devices)
    raise Absent(f'there is no {KIND[direction]} "{wanted}", only {names}')


def named(wanted: str, devices: Sequence[Device]) -> Device | None:
    """The one of *devices* that *wanted* means most likely."""
    for matches in (_is, _resembles):
        for device in devices:
            if matches(device, wanted):
                return device
    return None


def known_to_server(direction: Direction) -> list[Device] | None:
    """What the sound server has, without PortAudio, which would have to end every
    stream to look; None where there is none to ask. Blocks for some milliseconds."""
    nodes = pulse.known_nodes(direction)
    if nodes is None:
        return None
    return [Device(node.name, -1, 1, 1, node.description, True) for node in nodes]


def _is(device: Device, wanted: str) -> bool:
    return wanted == device.name or (wanted == str(device.index) and not device.is_node)


def _resembles(device: Device, wanted: str) -> bool:
    return wanted.lower() in f"{device.name}\n{device.description}".lower()


def known(sounddevice: ModuleType) -> list[Device]:
    """All that PortAudio lists."""
    return [
        Device(
            each["name"],
            each["index"],
            each["max_input_channels"],
            each["max_output_channels"],
        )
        for each in sounddevice.query_devices()
    ]


def _nodes(devices: list[Device], direction: Direction) -> list[Device]:
    """What is behind "pulse", if PortAudio knows that."""
    through = next((d for d in devices if d.name == pulse.DEVICE), None)
    if through is None:
        return []
    inputs, outputs = (1, 0) if direction == "input" else (0, 1)
    return [
        Device(node.name, through.index, inputs, outputs, node.description, True)
        for node in pulse.list_nodes(direction)
    ]
