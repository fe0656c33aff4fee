"""agent.toml with other values: what `config init` and `config import` write."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.config.folders import prepare
from agent.errors import Misconfigured

_HERE = Path(__file__)
# In the wheel it is beside this module, in a checkout at the top.
_PLACES = (_HERE.with_name("agent.toml"), _HERE.parents[2] / "agent.toml")


def template() -> str:
    """Every setting with its default, and a sentence about each."""
    place = next(place for place in _PLACES if place.is_file())
    return place.read_text("utf-8")


def filled(values: Mapping[str, object], leftovers: Mapping[str, object]) -> str:
    """The template with *values*, by the names of settings; *leftovers* as comments."""
    lines = [*_with_values(template(), values)]
    if leftovers:
        lines += ["", "# From the earlier service; Tonny needs none of these."]
        lines += [f"# {name} = {as_toml(value)}" for name, value in leftovers.items()]
    return "\n".join(lines) + "\n"


def _with_values(text: str, values: Mapping[str, object]) -> Iterator[str]:
    section = ""
    for line in text.splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
        key = re.match(r"(\w+) = ", line)
        name = f"{section}.{key[1]}" if key else ""
        yield f"{key[1]} = {as_toml(values[name])}" if key and name in values else line


def as_toml(value: object) -> str:
    """A text, number, boolean or table of these in one line of TOML."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{as_toml(key)} = {as_toml(value[key])}" for key in value)
        return f"{{ {pairs} }}" if pairs else "{}"
    # JSON is TOML there, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write(text: str, path: Path, *, mode: int = 0o600) -> None:
    """Put *text* into the file *path*, which only its owner may read, all or nothing.

    Raises `Misconfigured` when that cannot be done.
    """
    path = Path(os.path.realpath(path))  # a link stays one
    prepare(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            os.fchmod(descriptor, mode)  # whatever the umask
            file.write(text)
            os.fsync(descriptor)
        fresh.replace(path)
    except OSError as exc:
        fresh.unlink(missing_ok=True)
        raise Misconfigured(f"{path} cannot be written: {exc.strerror}") from exc
