"""From single values, wherever they were given, to a whole `Config`."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

import msgspec

from agent.config import check, names
from agent.config.settings import Config, Secret
from agent.config.wording import shown, wanted
from agent.errors import Misconfigured

_TOLD = 10  # problems in one message


class Given(msgspec.Struct, frozen=True):
    """A value for a setting as it was written, and where: a file and line, a variable.
    *column*: where on that line, if it is one."""

    value: object
    origin: str
    column: int = 0

    @property
    def place(self) -> str:
        return f"{self.origin}:{self.column}" if self.column else self.origin


def assemble(given: Mapping[str, Given], problems: Iterable[str] = ()) -> Config:
    """The defaults, changed by what is *given* for settings by their names.

    Raises `Misconfigured` with *problems* and all that is wrong with the values.
    """
    found = [*problems]
    sections: dict[str, dict[str, object]] = {}
    for name, one in given.items():
        section, _, key = name.partition(".")
        try:
            sections.setdefault(section, {})[key] = _converted(name, one.value)
        except _Unfit as exc:
            found.append(f"{one.place}: {exc}")
    if not found:
        config = _changed(sections)
        for name, right in check.contradictions(config):
            place = f"{given[name].place}: " if name in given else ""
            found.append(place + _wrong(name, names.value(config, name), right))
        if not found:
            return config
    raise Misconfigured(_told(found))


def _changed(sections: Mapping[str, dict[str, object]]) -> Config:
    defaults = Config()
    changed: dict[str, Any] = {
        section: msgspec.structs.replace(getattr(defaults, section), **values)
        for section, values in sections.items()
    }
    return msgspec.structs.replace(defaults, **changed)


class _Unfit(Exception):
    """A value is not of its setting's type."""


def _converted(name: str, value: object) -> object:
    return _as_kind(names.kinds()[name], name, value)


def _as_kind(kind: Any, name: str, value: object) -> object:
    if get_origin(kind) is dict and isinstance(value, dict):
        inner = get_args(kind)[1]
        return {key: _as_kind(inner, f"{name}.{key}", value[key]) for key in value}
    try:
        return _plain(kind, value)
    except msgspec.ValidationError:
        raise _Unfit(_wrong(name, value, f"it has to be {wanted(kind)}")) from None


def _plain(kind: Any, value: object) -> object:
    if isinstance(value, str) and not _typeable(value):
        raise msgspec.ValidationError
    converted: object = msgspec.convert(value, kind, dec_hook=_secret)
    if isinstance(converted, float) and not math.isfinite(converted):
        raise msgspec.ValidationError
    return converted


def _secret(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise msgspec.ValidationError


def _typeable(text: str) -> bool:
    """Neither control characters nor halves of surrogate pairs."""
    return all(c >= " " and c != "\x7f" and not "\ud800" <= c < "\ue000" for c in text)


def _wrong(name: str, value: object, right: str) -> str:
    if names.is_secret(name):
        return f"{name} is {'wrong' if value else 'empty'}; {right}"
    return f"{name} is {shown(value)}; {right}"


def _told(problems: list[str]) -> str:
    told = problems[:_TOLD]
    if len(problems) > _TOLD:
        told.append(f"and {len(problems) - _TOLD} more")
    return "\n".join(told)
