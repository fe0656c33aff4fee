"""Where Tonny keeps things, and how a folder of its own is made."""

import os
from pathlib import Path

from agent.errors import Misconfigured

APP = "tonny-agent"


def config_dir() -> Path:
    """Where agent.toml is, in the user's configuration folder."""
    from platformdirs import user_config_path

    return _at_home(user_config_path(APP, appauthor=False), "TONNY_CONFIG")


def data_dir(explicit: Path | None = None) -> Path:
    """The record and the logs: --data-dir, $TONNY_DATA_DIR, or the user's data folder."""
    if explicit is not None:
        return explicit
    if named := os.environ.get("TONNY_DATA_DIR"):
        return Path(named)
    from platformdirs import user_data_path

    return _at_home(user_data_path(APP, appauthor=False), "TONNY_DATA_DIR")


def models_dir() -> Path:
    """The embedded models: $TONNY_MODELS_DIR, or below the user's cache folder."""
    if named := os.environ.get("TONNY_MODELS_DIR"):
        return Path(named)
    from platformdirs import user_cache_path

    return (
        _at_home(user_cache_path(APP, appauthor=False), "TONNY_MODELS_DIR") / "models"
    )


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


def _at_home(folder: Path, variable: str) -> Path:
    if folder.parts[0] == "~":
        raise Misconfigured(f"this user has no home folder; set HOME or {variable}")
    return folder
