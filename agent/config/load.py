"""From agent.toml and the environment to a `Config`, or to a message that helps."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from agent.config import document, environment, secrets
from agent.config.assemble import Given, assemble
from agent.config.folders import config_dir
from agent.config.names import is_secret
from agent.config.settings import Config
from agent.errors import Misconfigured

FILE = "agent.toml"


class Loaded(msgspec.Struct, frozen=True):
    """A configuration, and the file it came from if there was one.

    *origins* says of every setting that was given where that was; *warnings* are for
    the user to read.
    """

    config: Config
    path: Path | None = None
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, str] = {}


def load(
    explicit: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Loaded:
    """The settings of the file that `find` finds, changed by the environment.

    Raises `Misconfigured`, whatever is in the file or in the environment.
    """
    path = find(explicit, environ)
    written = document.read(path) if path is not None else None
    given = written.settings() if written is not None else {}
    problems = [*written.problems()] if written is not None else []
    problems += environment.add(given, environ)
    apart = secrets.Found()
    if (folder := _folder(path)) is not None:
        apart = secrets.add(given, folder, environ)
    config = assemble(given, [*problems, *apart.problems])
    warnings = [*apart.warnings]
    if written is not None and _is_exposed(written):
        warnings.append(_exposed(written))
    origins = {name: one.origin for name, one in given.items()}
    return Loaded(config, path, tuple(warnings), origins)


def suppose(
    values: Mapping[str, object], environ: Mapping[str, str] = os.environ
) -> Config:
    """The settings as they would be with *values* in agent.toml.

    Raises `Misconfigured` for those that cannot be.
    """
    given = {name: Given(value, "your answer") for name, value in values.items()}
    return assemble(given, environment.add(given, environ))


def find(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file to read, which may not exist if the user named it; else None."""
    if explicit is not None or environ.get("TONNY_CONFIG"):
        return destination(explicit, environ)
    try:
        usual = destination(None, environ)
    except Misconfigured:
        return None  # this user has no folder where it could be
    return usual if _is_there(usual) else None


def destination(explicit: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """--config, $TONNY_CONFIG, or agent.toml in the user's folder, there or not.

    Raises `Misconfigured` when the user has none.
    """
    if explicit is not None:
        return explicit
    return Path(environ.get("TONNY_CONFIG") or config_dir() / FILE)


def _folder(path: Path | None) -> Path | None:
    """Where the secrets are: beside the settings, or where those would be."""
    try:
        return path.parent if path is not None else config_dir()
    except Misconfigured:
        return None  # this user has no such place


def _is_there(path: Path) -> bool:
    """Whether there is anything: reading it will say why it cannot be read."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        pass
    return True


def _is_exposed(written: document.Document) -> bool:
    held = (one.value for name, one in written.settings().items() if is_secret(name))
    return written.shared and any(held)


def _exposed(written: document.Document) -> str:
    return f"others can read the secrets in {written.path}: chmod 600 {written.path}"
