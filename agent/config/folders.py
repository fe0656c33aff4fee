"""Where Tonny keeps things, and how a folder of its own is made."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agent.errors import Misconfigured
from agent.executable import CARRIED

APP = "tonny-agent"


def config_dir() -> Path:
    """Where agent.toml is, in the user's configuration folder."""
    from platformdirs import user_config_path

    with _at_home("TONNY_CONFIG"):
        return user_config_path(APP, appauthor=False)


def data_dir(
    explicit: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Path:
    """The record and the logs: --data-dir, $TONNY_DATA_DIR, or the user's data folder."""
    if explicit is not None:
        return explicit
    if named := environ.get("TONNY_DATA_DIR"):
        return Path(named)
    from platformdirs import user_data_path

    with _at_home("TONNY_DATA_DIR"):
        return user_data_path(APP, appauthor=False)


def models_dir() -> Path:
    """The embedded models: $TONNY_MODELS_DIR, what the compiled program carries, or
    below the user's cache folder."""
    if named := os.environ.get("TONNY_MODELS_DIR"):
        return Path(named)
    if (carried := CARRIED / "models").is_dir():
        return carried
    return cache_dir() / "models"


def cache_dir() -> Path:
    """What can be had again."""
    from platformdirs import user_cache_path

    with _at_home("TONNY_MODELS_DIR"):
        return user_cache_path(APP, appauthor=False)


def prepare(folder: Path) -> Path:
    """*folder*, made private to its owner; raises `Misconfigured` when it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as exc:
        raise Misconfigured(
            f"{folder} has to be a folder, but a file is in its place or on the way"
            " there; choose another one"
        ) from exc
    except OSError as exc:
        raise Misconfigured(
            f"the folder {folder} cannot be made: {exc.strerror}; choose another one"
        ) from exc
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Misconfigured(
            f"the folder {folder} cannot be written to; choose another one"
        )
    return folder


@contextmanager
def _at_home(variable: str) -> Iterator[None]:
    """Some users have no home, in a container for instance."""
    try:
        yield
    except RuntimeError as exc:
        raise Misconfigured(
            f"this user has no home folder; set HOME or {variable}"
        ) from exc
