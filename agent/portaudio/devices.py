"""Which devices there are, and which one a name means."""

from types import ModuleType

import msgspec

from agent.errors import Unavailable
from agent.portaudio import pulse
from agent.portaudio.library import PORTAUDIO
from agent.portaudio.pulse import Direction

DEFAULT = "default"

KIND = {"input": "microphone", "output": "speaker"}


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
        devices = _known(sounddevice)
        if not devices:
            PORTAUDIO.outdated = True
        return [*devices, *_nodes(devices, "input"), *_nodes(devices, "output")]


def choose(sounddevice: ModuleType, wanted: str, direction: Direction) -> Device | None:
    """The device called *wanted*: its name, its number, or part of its name or of its
    description. None for the default one. Raises `Unavailable` saying what there is."""
    devices = [device for device in _known(sounddevice) if device.has(direction)]
    if not devices:
        raise Unavailable(f"no {KIND[direction]} was found")
    if wanted == DEFAULT:
        # Without a microphone, PulseAudio would have us listen to the speaker.
        only_server = {device.name for device in devices} <= {pulse.DEVICE, DEFAULT}
        if only_server and pulse.known_nodes(direction) == []:
            raise Unavailable(f"no {KIND[direction]} was found")
        return None
    devices += _nodes(devices, direction)
    for matches in (_is, _resembles):
        for device in devices:
            if matches(device, wanted):
                return device
    names = ", ".join(f'"{device.name}"' for device in devices)
    raise Unavailable(f'there is no {KIND[direction]} "{wanted}", only {names}')


class Presence(msgspec.Struct, frozen=True):
    """Whether the server has the *device* in use, and whether the *wanted* one."""

    device: bool
    wanted: bool


def present(wanted: str, device: str, direction: Direction) -> Presence:
    """As the sound server tells, without PortAudio: it would have to end every stream
    to look. Blocks for some milliseconds; call it in a thread."""
    nodes = pulse.known_nodes(direction)
    if nodes is None:
        return Presence(device=False, wanted=False)
    there = [Device(node.name, -1, 1, 1, node.description, True) for node in nodes]

    def has(name: str) -> bool:
        if name == DEFAULT:
            return bool(there)
        return any(_is(each, name) or _resembles(each, name) for each in there)

    return Presence(device=has(device), wanted=has(wanted))


def _is(device: Device, wanted: str) -> bool:
    return wanted == device.name or (wanted == str(device.index) and not device.is_node)


def _resembles(device: Device, wanted: str) -> bool:
    return wanted.lower() in f"{device.name}\n{device.description}".lower()


def _known(sounddevice: ModuleType) -> list[Device]:
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
