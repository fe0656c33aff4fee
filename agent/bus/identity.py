"""Which of several agents this is."""

import re
import socket

import msgspec

from agent.config.settings import Agent


class Identity(msgspec.Struct, frozen=True):
    """Its name among others, and the room it is in, which may be empty."""

    id: str
    room: str


def identity_of(settings: Agent) -> Identity:
    """As it is set; an agent without a name has that of its computer."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname().partition(".")[0])
    return Identity(settings.id or host[:60] or "tonny", settings.room)
