"""What the setting ``audio.hotkey`` means: ``<ctrl>+<alt>+space``."""

from typing import Literal, TypeAlias

import msgspec

from agent.errors import Misconfigured

Modifier: TypeAlias = Literal["ctrl", "alt", "shift", "super"]

MODIFIERS: tuple[Modifier, ...] = ("ctrl", "alt", "shift", "super")

_FUNCTION = {f"f{number}": f"F{number}" for number in range(1, 25)}
_ALONE = {
    **_FUNCTION,
    "pause": "Pause",
    "scroll_lock": "Scroll_Lock",
    "insert": "Insert",
    "menu": "Menu",
    "print": "Print",
}
"""Keys that nobody writes with: they may be taken from all programs."""

_WRITING = {
    **{sign: sign for sign in "abcdefghijklmnopqrstuvwxyz0123456789"},
    "space": "space",
    "enter": "Return",
    "tab": "Tab",
    "backspace": "BackSpace",
    "delete": "Delete",
    "esc": "Escape",
    "home": "Home",
    "end": "End",
    "page_up": "Prior",
    "page_down": "Next",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "`": "grave",
    "-": "minus",
    "=": "equal",
    "[": "bracketleft",
    "]": "bracketright",
    ";": "semicolon",
    "'": "apostrophe",
    ",": "comma",
    ".": "period",
    "/": "slash",
    "\\": "backslash",
}
"""By our names, those of xkbcommon, which X11 and the portals share."""


class Chord(msgspec.Struct, frozen=True):
    """A key, by its name in xkbcommon, that is pressed while modifiers are down."""

    key: str
    modifiers: frozenset[Modifier] = frozenset()


def parse(text: str) -> Chord:
    """The keys that *text* names; raises `Misconfigured` where that is nonsense, or
    would take a key from all programs that people write with."""
    names = [part.strip() for part in text.lower().split("+")]
    bare = [name.removeprefix("<").removesuffix(">") for name in names]
    modifiers = frozenset(m for m in MODIFIERS if m in bare)
    keys = [name for name in bare if name not in MODIFIERS]
    if len(keys) != 1:
        given = " and ".join(f'"{key}"' for key in keys) or "no key besides modifiers"
        raise _wrong(text, f"it names {given}, and has to name one key")
    [key] = keys
    if key in _ALONE:
        return Chord(_ALONE[key], modifiers)
    if key not in _WRITING:
        raise _wrong(text, f'"{key}" is no key: {_KNOWN}')
    if not modifiers - {"shift"}:
        raise _wrong(text, f'nobody could write "{key}" any more; add <ctrl> or <alt>')
    return Chord(_WRITING[key], modifiers)


_KNOWN = (
    "there are <ctrl>, <alt>, <shift> and <super>, letters, digits, f1 to f24, space,"
    " pause, insert, and the like"
)


def _wrong(text: str, reason: str) -> Misconfigured:
    right = 'it has to be such as "<ctrl>+<alt>+space"'
    return Misconfigured(f'audio.hotkey is "{text}": {reason}; {right}')
