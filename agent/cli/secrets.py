"""`tonny-agent secrets`: keys and passwords, kept apart from the settings."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from agent.cli.common import ConfigPath
from agent.config import keyring, load, names, secrets
from agent.config.document import read
from agent.config.load import destination, find
from agent.errors import Misconfigured, Unavailable

app = cyclopts.App(
    name="secrets",
    help="Keep keys and passwords apart from the settings.",
    help_format="plaintext",
)

Name = Annotated[str, Parameter(help="The setting, such as tts.api_key.")]
Keyring = Annotated[
    bool, Parameter(help="Keep it in the desktop's keyring.", negative="")
]


@app.command(name="set")
def set_(name: Name, /, *, keyring: Keyring = False, config: ConfigPath = None) -> int:
    """Keep a secret: it is asked for unseen, or read from standard input.

    It goes into secrets.toml beside agent.toml, which only you can read.

    For example:

    tonny-agent secrets set tts.api_key

    pass show elevenlabs | tonny-agent secrets set tts.api_key
    """
    known(name, config)
    place = file(config)
    before = secrets.value(place, name)
    keep(name, _asked_for(name), place, in_keyring=keyring)
    if (wrong := _wrong(name, config)) is not None:
        secrets.put(place, name, before)
        raise wrong
    print(f"{name} is kept in {'the keyring' if keyring else place}.")
    _mention_others(name, config)
    return 0


@app.command(name="list")
def list_(
    *,
    config: ConfigPath = None,
    json: Annotated[bool, Parameter(help="Print JSON.", negative="")] = False,
) -> int:
    """Show which secrets there can be, and where each comes from; never the secrets.

    For example:

    tonny-agent secrets list
    """
    loaded = load(config)
    for warning in loaded.warnings:
        print(f"tonny-agent: {warning}", file=sys.stderr)
    origins = {name: loaded.origins.get(name) for name in _names(config)}
    held = {
        name: origin if _is_set(loaded.config, name) else None
        for name, origin in origins.items()
    }
    if json:
        print(msgspec.json.encode(held).decode())
    else:
        for name, origin in held.items():
            print(f"{name:28} {origin or 'not set'}")
    return 0


@app.command
def unset(name: Name, /, *, config: ConfigPath = None) -> int:
    """Forget a secret that `tonny-agent secrets set` has kept.

    For example:

    tonny-agent secrets unset tts.api_key
    """
    known(name, config)
    value = secrets.forget(file(config), name)
    if value == secrets.IN_KEYRING:
        keyring.erase(name)
    print(f"{name} is forgotten." if value is not None else f"{name} was not kept.")
    _mention_others(name, config)
    return 0


def keep(name: str, secret: str, place: Path, *, in_keyring: bool = False) -> None:
    """Raises `Misconfigured` for what can be no secret, `Unavailable` without a keyring."""
    if not secret:
        raise Misconfigured(f"{name} would be empty: tonny-agent secrets unset {name}")
    if not secret.isprintable() or len(secret.encode()) > secrets.LARGEST:
        raise Misconfigured(
            f"{name} has to be one line of at most {secrets.LARGEST} bytes"
        )
    if in_keyring:
        keyring.store(name, secret)
    value: object = secrets.IN_KEYRING if in_keyring else secret
    secrets.keep(place, name, value)


def file(config: Path | None) -> Path:
    """Beside the settings in force."""
    return destination(config).with_name(secrets.FILE)


def known(name: str, config: Path | None) -> None:
    """Raises `Misconfigured` for what is no secret, with those there are."""
    there = _names(config)
    if name not in there:
        raise Misconfigured(names.unknown_secret(name, there))


def _names(config: Path | None) -> list[str]:
    """Also while something else is wrong with the settings."""
    path = find(config)
    given = read(path).settings() if path is not None and path.exists() else {}
    return [*secrets.there(given)]


def _asked_for(name: str) -> str:
    """Never from the command line, which everyone can see in the list of processes."""
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(f"{name} (unseen): ").strip()
    return sys.stdin.readline().strip()


def _wrong(name: str, config: Path | None) -> Misconfigured | None:
    """What the settings have against this secret, if anything."""
    try:
        load(config)
    except Misconfigured as exc:
        return exc if f" {name} is " in f"{exc}" else None
    return None


def _is_set(config: object, name: str) -> bool:
    found = config
    for part in name.split("."):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    return bool(found)


def _mention_others(name: str, config: Path | None) -> None:
    """What else is wrong or in force is worth a word, and hinders nothing."""
    path = find(config)
    if path is not None and not path.exists():
        return  # there are no settings yet
    try:
        loaded = load(config)
    except (Misconfigured, Unavailable) as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return
    with suppress(KeyError):
        origin = loaded.origins[name]
        if secrets.FILE not in origin and "keyring" not in origin:
            print(f"tonny-agent: {name} comes from {origin} now", file=sys.stderr)
