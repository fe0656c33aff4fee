"""From agent.toml and the environment to a `Config`, or to a message that helps."""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from agent.config import check
from agent.config.environment import PREFIX, overrides
from agent.config.settings import Config, Secret
from agent.errors import Misconfigured

FILE = "agent.toml"
LARGEST = 1 << 20
"""Bytes of a configuration file; nobody writes a larger one by hand."""


class Loaded(msgspec.Struct, frozen=True):
    """A configuration, the file it came from, and what is worth a warning."""

    config: Config
    path: Path | None = None
    warnings: tuple[str, ...] = ()


def find(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """--config, $TONNY_CONFIG, or agent.toml in the user's folder if it is there."""
    if explicit is not None:
        return explicit
    if named := environ.get("TONNY_CONFIG"):
        return Path(named)
    usual = default_path()
    return usual if usual.exists() else None


def default_path() -> Path:
    from platformdirs import user_config_path

    from agent.config.folders import APP

    return user_config_path(APP, appauthor=False) / FILE


def load(
    explicit: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Loaded:
    """The settings of the file that `find` finds, changed by the environment.

    Raises `Misconfigured`, whatever is in the file or in the environment.
    """
    path = find(explicit, environ)
    settings = _read(path) if path is not None else {}
    origin = str(path) if path is not None else "the settings"
    for override in overrides(environ):
        override.apply_to(settings)
    check.names(settings, origin)
    try:
        config = msgspec.convert(settings, Config, dec_hook=_secret)
    except msgspec.ValidationError as exc:
        raise check.explained(exc, settings, origin, environ) from None
    check.meaning(config)
    warnings = _permissions(path, config) if path is not None else ()
    return Loaded(config, path, warnings)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as exc:
        raise Misconfigured(
            f"the configuration {path} cannot be read: {exc.strerror}."
            " Make one with: tonny-agent config init"
        ) from exc
    if len(content) > LARGEST:
        raise Misconfigured(f"{path} is larger than 1 MiB: that is no configuration")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        raise Misconfigured(f"{path}, line {line}: this is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as exc:
        raise Misconfigured(f"{path}: {exc}") from None
    except RecursionError:
        raise Misconfigured(f"{path}: its values are nested too deeply") from None


def _secret(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError("Expected `str`")  # msgspec adds where


def _permissions(path: Path, config: Config) -> tuple[str, ...]:
    secrets = (config.stt.token, config.workflow.token, config.workflow.secret)
    if not any((*secrets, config.workflow.api_key, config.tts.api_key)):
        return ()
    if not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return ()
    return (f"others can read the secrets in {path}: chmod 600 {path}",)


__all__ = ["PREFIX", "Loaded", "default_path", "find", "load"]
