"""What several commands share: their parameters, and how they begin."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from cyclopts import Parameter

from agent.config import Config, load
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
Pace: TypeAlias = Literal["real", "fast"]
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
    return config


def data_folder(explicit: Path | None) -> Path:
    """The data folder, made if need be."""
    os.umask(0o077)  # SQLite's own files follow
    return prepare(data_dir(explicit))


def run_trio(function: Callable[..., Any], *arguments: object) -> Any:
    """Start the one event loop there is."""
    import trio

    return trio.run(function, *arguments)
