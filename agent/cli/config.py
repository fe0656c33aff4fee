"""`tonny-agent config`: make, edit, show, check or import the configuration."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath
from agent.cli.edit import edit
from agent.cli.init import Force, init, write_new
from agent.config import Config, Loaded, load
from agent.config.load import destination
from agent.config.names import value
from agent.config.settings import to_builtins
from agent.config.wording import without_secrets

app = cyclopts.App(
    name="config",
    help="Make, edit, show, check or import the configuration.",
    help_format="plaintext",
)

app.command(init)
app.command(edit)


@app.command
def show(
    *,
    config: ConfigPath = None,
    json: Annotated[
        bool, Parameter(help="Print the settings as JSON.", negative="")
    ] = False,
) -> int:
    """Show the settings in force, and where each comes from if it is no default.

    Secrets are masked.

    For example:

    tonny-agent config show

    tonny-agent config show --json
    """
    loaded = load(config)
    _warn(loaded)
    print(as_json(loaded) if json else "\n".join(as_text(loaded)))
    return 0


@app.command
def check(*, config: ConfigPath = None) -> int:
    """Say what is wrong with the configuration and the environment, if anything is.

    The exit status is 78 when something is.

    For example:

    tonny-agent config check --config ./agent.toml
    """
    loaded = load(config)
    _warn(loaded)
    print("ok" if loaded.path is None else f"ok: {loaded.path}")
    return 0


@app.command(name="import")
def import_(file: Path, /, *, config: ConfigPath = None, force: Force = False) -> int:
    """Write agent.toml from the config.json of TonnyTray, the earlier service.

    For example:

    tonny-agent config import ~/TonnyTray/backend/config.json

    Parameters
    ----------
    file
        The config.json.
    """
    from agent.config.earlier import translated
    from agent.config.template import filled

    old = translated(file)
    status = write_new(
        filled(old.values, old.leftovers), destination(config), force=force
    )
    if status == 0:
        for note in old.notes:
            print(note)
        print(f"{file} still holds your keys: remove it when you no longer need it.")
    return status


def as_json(loaded: Loaded) -> str:
    """The settings by section, and the origin of each that is no default."""
    report = {
        "file": str(loaded.path) if loaded.path else None,
        "settings": _masked(loaded),
        "origins": _changed(loaded),
    }
    return msgspec.json.encode(report).decode()


def as_text(loaded: Loaded) -> Iterator[str]:
    """The same as TOML, origins as comments."""
    from agent.config.template import as_toml

    yield f"# {loaded.path or 'There is no agent.toml yet: tonny-agent config init'}"
    origins = _changed(loaded)
    for section, values in _masked(loaded).items():
        yield f"\n[{section}]"
        for key, plain in values.items():
            origin = origins.get(f"{section}.{key}", "")
            origin = origin.replace(f"{loaded.path}:", "line ")
            written = f"{key} = {as_toml(plain)}"
            yield f"{written:40}  # {origin}" if origin else written


def _changed(loaded: Loaded) -> dict[str, str]:
    return {
        name: origin
        for name, origin in loaded.origins.items()
        if value(loaded.config, name) != value(Config(), name)
    }


def _masked(loaded: Loaded) -> dict[str, dict[str, object]]:
    """Without secrets, and without what addresses may hold of them."""
    return {
        section: {
            key: without_secrets(plain) if isinstance(plain, str) else plain
            for key, plain in values.items()
        }
        for section, values in to_builtins(loaded.config).items()
    }


def _warn(loaded: Loaded) -> None:
    for warning in loaded.warnings:
        print(f"tonny-agent: {warning}", file=sys.stderr)
