"""The embedded models and voices: files in the user's cache folder, or carried by the
compiled program.

They are fetched once, at set-up (`fetch`); at run time they are only looked for.
"""

import hashlib
from pathlib import Path

from agent.config.folders import models_dir
from agent.errors import Unavailable
from agent.executable import COMPILED
from agent.models.manifest import MODELS, Model

REMEDY = "download this program again" if COMPILED else "tonny-agent models fetch"


def locate(model: Model, folder: Path | None = None) -> Path:
    """Where *model* is in *folder* (else the user's); raises `Unavailable` when it is
    not there, or not whole."""
    path = (folder or models_dir()) / model.name
    if not path.is_file():
        raise Unavailable(f"the file {path} is not there; to mend it: {REMEDY}")
    if path.stat().st_size != model.size:
        raise Unavailable(f"the file {path} is not whole; to mend it: {REMEDY}")
    return path


def folder(prefix: str) -> Path:
    """The folder of all the models whose names begin with *prefix*; as `locate`."""
    for model in MODELS:
        if model.name.startswith(f"{prefix}/"):
            locate(model)
    return models_dir() / prefix


def verify() -> list[str]:
    """What is wrong with any file, by the hash it was published with."""
    return [problem for model in MODELS if (problem := fault(model)) is not None]


def fault(model: Model, folder: Path | None = None) -> str | None:
    """What is wrong with *model*'s file in *folder* (else the user's), if anything."""
    try:
        path = locate(model, folder)
        found = sha256(path)
    except Unavailable as exc:
        return str(exc)
    except OSError as exc:
        return f"the file {exc.filename} cannot be read: {exc.strerror}"
    if found != model.sha256:
        return f"the file {path} is not what was published (sha256 {found}); to mend it: {REMEDY}"
    return None


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
