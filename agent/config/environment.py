"""``TONNY_SECTION__KEY``: a setting given in the environment.

What has no ``__`` (TONNY_CONFIG, TONNY_DATA_DIR, …) is no setting. A text needs no
quotes. TONNY_LOG__LEVELS is a table as in TOML, and one more ``__`` names what is in
it: TONNY_LOG__LEVELS__AGENT__HEARING=debug.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_origin

import msgspec

from agent.config import names
from agent.config.assemble import Given
from agent.config.settings import Secret


def add(given: dict[str, Given], environ: Mapping[str, str]) -> Iterator[str]:
    """Put what *environ* says over what is *given*; yields what is wrong with it.

    A table is added to, anything else replaced.
    """
    for variable in sorted(environ):
        if not variable.startswith(names.PREFIX) or "__" not in variable:
            continue
        name, value = _setting(variable, environ[variable])
        if name is None:
            yield names.unknown_variable(variable)
            continue
        before = given[name].value if name in given else None
        if isinstance(before, dict) and isinstance(value, dict):
            value = before | value
        given[name] = Given(value, variable)


def _setting(variable: str, text: str) -> tuple[str | None, object]:
    """The setting that *variable* names, and *text* as a value for it."""
    section, key, *inner = variable.removeprefix(names.PREFIX).lower().split("__")
    name = f"{section}.{key}"
    kind = names.kinds().get(name)
    if kind is None or (inner and get_origin(kind) is not dict):
        return None, None
    if inner:
        return name, {".".join(inner): text}
    return name, _value(text, kind)


def _value(text: str, kind: Any) -> object:
    """As *kind* if it can be read so; the text itself is complained about later."""
    if kind in {str, Secret}:
        return text
    try:
        if get_origin(kind) is dict:
            return tomllib.loads(f"table = {text}")["table"]
        return msgspec.convert(text.strip(), kind, strict=False)
    except (msgspec.ValidationError, ValueError, RecursionError):
        return text
