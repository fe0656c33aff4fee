"""A configuration file as it was written: its tables, and where each line is."""

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.config import names
from agent.config.assemble import Given
from agent.config.wording import shown
from agent.errors import Misconfigured

LARGEST = 1 << 20
"""Bytes; nobody writes a larger configuration by hand."""

_LINE = re.compile(
    r"""[ \t]*(?:\[[ \t]*(?P<table>[^\]\[#=]+)\]|(?P<key>[\w."'-][\w."' \t-]*?)[ \t]*=[ \t]*)"""
)


class Unreadable(Misconfigured):
    """There is no such file, or nobody may read it; its cause says which."""


class NoToml(Misconfigured):
    """What is in the file is not TOML, or no text."""


class Place(msgspec.Struct, frozen=True):
    """Where in a file a name is, and its *value*, if that is on the same line."""

    line: int
    column: int
    value: int


class Document(msgspec.Struct, frozen=True):
    """What a TOML file says. *shared*: others than its owner may read it."""

    path: Path
    tables: dict[str, Any]
    places: dict[str, Place]
    shared: bool = False

    def where(self, name: str) -> str:
        """``file:line:column`` of the setting or section *name*, as far as it can be
        told."""
        place = self.places.get(name)
        return f"{self.line(name)}:{place.column}" if place else str(self.path)

    def line(self, name: str) -> str:
        place = self.places.get(name)
        return f"{self.path}:{place.line}" if place else str(self.path)

    def settings(self) -> dict[str, Given]:
        """What is given for each setting there is."""
        given: dict[str, Given] = {}
        for name in names.kinds():
            section, _, key = name.partition(".")
            values = self.tables.get(section)
            if isinstance(values, dict) and key in values:
                place = self.places.get(name)
                column = place.value if place else 0
                given[name] = Given(values[key], self.line(name), column)
        return given

    def problems(self) -> Iterator[str]:
        """Sections and keys that do not exist."""
        for section, values in self.tables.items():
            if section not in names.sections():
                yield f"{self.where(section)}: {names.unknown_section(section)}"
            elif not isinstance(values, dict):
                where, was = self.where(section), shown(values)
                yield f"{where}: {section} is {was}; it has to be a section: [{section}]"
            else:
                for key in values:
                    name = f"{section}.{key}"
                    if name not in names.kinds():
                        yield f"{self.where(name)}: {names.unknown_key(section, key)}"


def read(path: Path) -> Document:
    """Raises `Unreadable`, or `NoToml` with the line and column."""
    content, shared = contents(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        at = _position(content[: exc.start].decode(errors="replace"))
        raise NoToml(f"{path}:{at}: this is not UTF-8 text") from None
    try:
        return Document(path, tomllib.loads(text), _places(text), shared)
    except RecursionError:
        raise NoToml(f"{path}: its values are nested too deeply") from None
    except tomllib.TOMLDecodeError as exc:
        raise NoToml(_not_toml(path, str(exc), text)) from None
    except ValueError:  # Python's limit, and no one's setting
        raise Misconfigured(f"{path}: a number in it has too many digits") from None


def contents(path: Path) -> tuple[bytes, bool]:
    """The bytes of a file that is no longer than `LARGEST`, and whether it is shared.

    Raises `Unreadable` when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            shared = bool(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077)
            content = file.read(LARGEST + 1)
    except OSError as exc:
        raise Unreadable(f"{path} cannot be read: {exc.strerror}") from exc
    if len(content) > LARGEST:
        raise Misconfigured(f"{path} is larger than 1 MiB: that is no configuration")
    return content, shared


def _not_toml(path: Path, message: str, text: str) -> str:
    what, _, place = message.partition(" (at ")
    at = ":".join(re.findall(r"\d+", place))
    hint = "; a text has to be in quotes" if what.startswith("Invalid value") else ""
    if text.lstrip().startswith("{"):  # the earlier service's, which was JSON
        hint = f"; if it is TonnyTray's: tonny-agent config import {path}"
    return f"{path}:{at or _position(text)}: this is not TOML: {what}{hint}"


def _position(before: str) -> str:
    """The line and column that come after *before*."""
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def _places(text: str) -> dict[str, Place]:
    """Where each table and key is, for files written in the usual way."""
    found: dict[str, Place] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), 1):
        if (match := _LINE.match(line)) is None:
            continue
        if match["table"]:
            table = name = _bare(match["table"])
        else:
            name = f"{table}.{_bare(match['key'])}".lstrip(".")
        column = match.start("table" if match["table"] else "key") + 1
        place = Place(number, column, 0 if match["table"] else match.end() + 1)
        parts = name.split(".")[:4]
        for count in range(1, len(parts) + 1):
            found.setdefault(".".join(parts[:count]), place)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[\s\"']", "", name)
