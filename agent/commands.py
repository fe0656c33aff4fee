"""What a workflow may ask of Tonny beside words: commands, as one tagged union.

In an answer (or pushed over a WebSocket) they read
``{"commands": [{"command": "say", "text": "…"}, "listen"]}``.
"""

import re
from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta

MOST = 20
"""Commands in one answer; what comes after them is left out."""

Priority: TypeAlias = Literal["alert", "reply", "announcement", "background"]
"""How urgent what is said is: an alert interrupts, and the rest waits for its turn."""

_Short: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
_Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=4000)]
_NAMES = ("command", "type", "name", "action", "event_type")


def _tag(name: str) -> str:
    return name.lower()


class _Command(msgspec.Struct, frozen=True, tag=_tag, tag_field="command"):
    pass


class Say(_Command, frozen=True):
    """Speak *text*: in an answer after what was said of it before, and by itself when its
    *priority* allows."""

    text: _Text
    priority: Priority = "announcement"


class Stop(_Command, frozen=True):
    """Be quiet: what is being said and waits to be said is dropped."""


class Listen(_Command, frozen=True):
    """Listen for an utterance now, as if the push-to-talk key had been struck."""


class Mute(_Command, frozen=True):
    """Hear nothing from now on; with ``"on": false``, hear again."""

    on: bool = True


class Notify(_Command, frozen=True):
    """Show a notification on the desktop."""

    text: _Text
    title: _Short = "Tonny"


class Set(_Command, frozen=True):
    """Change what can be changed while Tonny runs, such as ``audio.mode``."""

    name: _Short
    value: Annotated[str, Meta(max_length=200)] | bool | int | float


Command: TypeAlias = Say | Stop | Listen | Mute | Notify | Set


def name_of(command: Command) -> str:
    """As a workflow writes it."""
    return type(command).__name__.lower()


class Unknown(msgspec.Struct, frozen=True):
    """A command that Tonny does not know, or that is not complete."""

    name: str
    reason: str


_KNOWN = {"say", "stop", "listen", "mute", "notify", "set"}


def read(found: Any) -> list[Command | Unknown]:
    """The commands in *found*, decoded JSON from a stranger: a list of them, or one."""
    each = found if isinstance(found, list) else [found]
    return [_read(one) for one in each[:MOST] if one is not None]


def _read(found: Any) -> Command | Unknown:
    named = {"command": found} if isinstance(found, str) else found
    if not isinstance(named, dict):
        return Unknown("", "a command is a name, or an object with a name")
    name = next((named[key] for key in _NAMES if isinstance(named.get(key), str)), "")
    name = name.strip().lower()
    if name == "unmute":
        return Mute(on=False)
    if name not in _KNOWN:
        return Unknown(_quoted(name), f"the commands are {', '.join(sorted(_KNOWN))}")
    inner = named.get("data")
    fields = {**named, **inner} if isinstance(inner, dict) else named
    try:
        return cast("Command", msgspec.convert({**fields, "command": name}, Command))
    except msgspec.ValidationError as exc:
        return Unknown(name, _quoted(str(exc)))


def _quoted(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", " ", text)[:100]
