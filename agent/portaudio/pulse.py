"""The devices of a PulseAudio or PipeWire server.

PortAudio sees such a server as one device, "pulse". Which of the server's own devices
that is, is up to libpulse's environment variables at the time of opening.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

import msgspec

Direction: TypeAlias = Literal["input", "output"]

DEVICE = "pulse"

VARIABLE = {"input": "PULSE_SOURCE", "output": "PULSE_SINK"}
_LIST = {"input": "sources", "output": "sinks"}
_WITHIN = 2.0


class Node(msgspec.Struct, frozen=True):
    """A source or sink, as ``pactl --format=json list`` tells (PulseAudio 15 on)."""

    name: str
    description: str = ""
    monitor_source: str = ""
    driver: str = ""


def list_nodes(direction: Direction) -> list[Node]:
    """The server's devices; none where there is no server, or no pactl to ask it."""
    return known_nodes(direction) or []


def known_nodes(direction: Direction) -> list[Node] | None:
    """The server's devices; None where it cannot be asked."""
    try:
        answer = subprocess.run(
            ["pactl", "--format=json", "list", _LIST[direction]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_WITHIN,
            check=True,
        ).stdout
        nodes = msgspec.json.decode(answer, type=list[Node])
    except (OSError, subprocess.SubprocessError, msgspec.DecodeError, UnicodeError):
        return None
    # What a speaker plays can be recorded, but that is nobody's microphone.
    return [node for node in nodes if direction == "output" or not node.monitor_source]


def default(direction: Direction) -> str:
    """The name of what is used where nobody says otherwise; "" where that is unknown."""
    try:
        return subprocess.run(
            ["pactl", f"get-default-{_LIST[direction][:-1]}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""


@contextmanager
def preferring(name: str | None, direction: Direction) -> Iterator[None]:
    """Whoever opens "pulse" meanwhile gets the device *name* (None: the usual one)."""
    variable = VARIABLE[direction]
    before = os.environ.get(variable)
    if name is not None:
        os.environ[variable] = name
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = before
