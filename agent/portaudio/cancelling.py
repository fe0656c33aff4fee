"""Whether the sound server takes out of what a microphone hears what is played.

PulseAudio and PipeWire have a module for that: it makes a source, and a sink. What is
played elsewhere than into its sink, PulseAudio's does not know and cannot take out.
"""

import os
import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from agent.portaudio import pulse
from agent.portaudio.devices import DEFAULT
from agent.portaudio.pulse import Direction, Node

Cancelling: TypeAlias = Literal["no", "available", "microphone only", "yes"]
"""*available*: another source would; *microphone only*: the speaker in use is not the one
that it listens to."""

_MODULE = "module-echo-cancel.c"  # PulseAudio's driver; PipeWire names only itself
_NAMED = re.compile(r"echo.?cancel|\baec\b", re.IGNORECASE)


def cancelling(microphone: str, speaker: str) -> Cancelling:
    """Of the devices that these names mean. Blocks for some milliseconds."""
    sources = pulse.known_nodes("input") or []
    if not any(cancels(each) for each in sources):
        return "no"
    source = _in_use(sources, microphone, "input")
    if source is None or not cancels(source):
        return "available"
    if source.driver != _MODULE:
        return "yes"
    sink = _in_use(pulse.known_nodes("output") or [], speaker, "output")
    return "yes" if sink is not None and cancels(sink) else "microphone only"


def cancels(node: Node) -> bool:
    """Whether it belongs to such a module."""
    named = f"{node.name}\n{node.description}"
    return node.driver == _MODULE or _NAMED.search(named) is not None


def _in_use(nodes: Sequence[Node], wanted: str, direction: Direction) -> Node | None:
    """The one that is opened for *wanted*, if the server has it."""
    if wanted in {DEFAULT, pulse.DEVICE}:
        name = os.environ.get(pulse.VARIABLE[direction]) or pulse.default(direction)
        return next((node for node in nodes if node.name == name), None)
    exactly = [node for node in nodes if node.name == wanted]
    alike = [
        node
        for node in nodes
        if wanted.lower() in f"{node.name}\n{node.description}".lower()
    ]
    return next(iter(exactly + alike), None)
