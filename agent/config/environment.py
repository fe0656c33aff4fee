"""``TONNY_SECTION__KEY``: a setting given in the environment."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agent.config.settings import Config, Secret

PREFIX = "TONNY_"


class Override(msgspec.Struct, frozen=True):
    """One variable: the path of its setting, and its value as the setting's type."""

    variable: str
    path: tuple[str, ...]
    value: Any

    def apply_to(self, settings: dict[str, Any]) -> None:
        *sections, key = self.path
        for section in sections:
            inner = settings.setdefault(section, {})
            if not isinstance(inner, dict):
                return  # the file has nonsense there, which is told about later
            settings = inner
        settings[key] = self.value


def overrides(environ: Mapping[str, str]) -> Iterator[Override]:
    """What *environ* says, in a stable order; only names with ``__`` are settings."""
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and "__" in variable:
            path = tuple(variable.removeprefix(PREFIX).lower().split("__"))
            yield Override(variable, path, _typed(path, environ[variable]))


def _typed(path: tuple[str, ...], text: str) -> Any:
    """Text stays text where the setting is one; anything else is read as TOML."""
    if _kind(path) in (str, Secret):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _kind(path: tuple[str, ...]) -> object:
    kind: Any = Config
    for name in path:
        fields = {field.name: field for field in _fields(kind)}
        if name not in fields:
            return None
        kind = fields[name].type
    return type(default) if isinstance(default := _default(path), str) else kind


def _default(path: tuple[str, ...]) -> object:
    value: object = Config()
    for name in path:
        value = getattr(value, name, None)
    return value


def _fields(kind: Any) -> tuple[msgspec.structs.FieldInfo, ...]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return msgspec.structs.fields(kind)
    return ()
