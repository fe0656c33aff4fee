"""What several commands share: their parameters, and how they begin."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from cyclopts import Parameter

from agent.config import Config, Secret, load
from agent.config.folders import data_dir, prepare

ConfigPath: TypeAlias = Annotated[
    Path | None,
    Parameter(
        help="The configuration file. [default: agent.toml in your config folder]"
    ),
]
DataDir: TypeAlias = Annotated[
    Path | None,
    Parameter(help="Where the record and the logs are. [default: your data folder]"),
]
Pace: TypeAlias = Annotated[
    Literal["real", "fast"],
    Parameter(help="How quickly a WAV file is heard: in real time, or faster."),
]
LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]


def settings(path: Path | None, **changes: dict[str, Any]) -> Config:
    """The configuration, with what the command line gave instead of it.

    *changes* are values by section; None means that the option was not given.
    """
    loaded = load(path)
    for warning in loaded.warnings:
        print(f"tonny-agent: {warning}", file=sys.stderr)
    config = loaded.config
    for section, values in changes.items():
        given = {name: value for name, value in values.items() if value is not None}
        if given:
            changed = msgspec.structs.replace(getattr(config, section), **given)
            config = msgspec.structs.replace(config, **{section: changed})
    _be_discreet(config)
    return config


def _be_discreet(config: Config) -> None:
    """Where there are secrets, nobody looks into this process."""
    if not any(isinstance(one, Secret) and one for one in _values(config)):
        return
    from agent.desktop.discretion import hide, leave_no_core

    # The desktop's portal for hotkeys looks at who asks, and refuses who cannot be seen.
    if config.log.inspectable or config.audio.hotkey:
        leave_no_core()
    else:
        hide()


def _values(struct: msgspec.Struct) -> Iterator[object]:
    """All that *struct* holds, however deep."""
    for name in struct.__struct_fields__:
        found = getattr(struct, name)
        for one in found.values() if isinstance(found, dict) else [found]:
            if isinstance(one, msgspec.Struct):
                yield from _values(one)
            else:
                yield one


def data_folder(explicit: Path | None) -> Path:
    """The data folder, made if need be."""
    os.umask(0o077)  # SQLite's own files follow
    return prepare(data_dir(explicit))


def run_trio(function: Callable[..., Any], *arguments: object) -> Any:
    """Start the one event loop there is."""
    import trio

    return trio.run(function, *arguments)
