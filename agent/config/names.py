"""The names of all settings, and the nearest one to a name that is none."""

import difflib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from agent.config.settings import Config, Secret
from agent.config.wording import shown

PREFIX = "TONNY_"


@cache
def kinds() -> Mapping[str, Any]:
    """The type of every setting, constraints included, by its name ``section.key``."""
    return {
        f"{section.name}.{setting.name}": setting.type
        for section in msgspec.structs.fields(Config)
        for setting in msgspec.structs.fields(section.type)
    }


def sections() -> dict[str, list[str]]:
    """The keys of each section, in the order of agent.toml."""
    keys: dict[str, list[str]] = {}
    for name in kinds():
        section, _, key = name.partition(".")
        keys.setdefault(section, []).append(key)
    return keys


def value(config: Config, name: str) -> object:
    section, _, key = name.partition(".")
    found: object = getattr(getattr(config, section), key)
    return found


def is_secret(name: str) -> bool:
    return kinds().get(name) is Secret


@cache
def secrets_within() -> Mapping[str, tuple[str, ...]]:
    """The settings that are tables of structs, and the secrets that these hold."""
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in kinds().items():
        inner = get_args(kind)[1] if get_origin(kind) is dict else None
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            fields = msgspec.structs.fields(inner)
            found[name] = tuple(f.name for f in fields if f.type is Secret)
    return found


def unknown_secret(name: str, secrets: Iterable[str]) -> str:
    """As `unknown_section`, for the name of a secret."""
    there = [*secrets]
    return (
        f"there is no secret {shown(name)}; {_meant(name, there)}there are "
        + ", ".join(there)
    )


def variable(name: str) -> str:
    """The environment variable that gives a setting."""
    return PREFIX + name.upper().replace(".", "__")


def unknown_section(section: str) -> str:
    """What is wrong with a section that does not exist, and what there is instead."""
    hint = _meant(section, sections())
    return f"there is no section {shown(section)}; {hint}the sections are " + ", ".join(
        sections()
    )


def unknown_key(section: str, key: str) -> str:
    """As `unknown_section`, for a key; it may belong in another section."""
    keys = sections()[section]
    elsewhere = [name for name in kinds() if name.endswith(f".{key}")]
    hint = _meant(key, keys) or _meant(f"{section}.{key}", elsewhere)
    return f"there is no {shown(key)} in [{section}]; {hint}it has " + ", ".join(keys)


def unknown_variable(name: str) -> str:
    hint = _meant(name, map(variable, kinds()), 0.8)
    return f"{shown(name)} names no setting; " + (
        hint.strip() or f"such a name is like {variable('stt.url')}"
    )


def _meant(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    near = difflib.get_close_matches(name[:60].strip(), names, n=1, cutoff=cutoff)
    return f"did you mean {near[0]}? " if near else ""
