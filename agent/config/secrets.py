"""Secrets that are kept apart from the settings, in this order: the credentials that
systemd hands a service, a file of their own, the environment (and agent.toml), and the
desktop's keyring.

The file is ``secrets.toml`` beside agent.toml, written in the same way, and for its
owner's eyes alone. In it ``{ keyring = true }`` stands for what the keyring keeps, so
that no keyring is asked for anything that it does not have.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from agent.config import document, names
from agent.config.assemble import Given
from agent.config.document import Document
from agent.config.edit import assign, drop
from agent.config.keyring import look_up
from agent.errors import Misconfigured, Unavailable

FILE = "secrets.toml"
CREDENTIALS = "CREDENTIALS_DIRECTORY"

IN_KEYRING = {"keyring": True}
LARGEST = 10_000
"""Bytes of one secret."""


class Found(msgspec.Struct, frozen=True):
    """What was added, and what is wrong: *warnings* hinder nobody."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def add(given: dict[str, Given], folder: Path, environ: Mapping[str, str]) -> Found:
    """Put the secrets that are kept elsewhere over what is *given*.

    Raises `Misconfigured` for a file that others can read, or that cannot be read.
    """
    written = kept(folder / FILE)
    problems = [*_misplaced(written, given)]
    warnings = []
    credentials = environ.get(CREDENTIALS, "")
    for name in there(given):
        if (text := _credential(credentials, name)) is not None:
            _put(given, name, Given(text, f"the credential {name}"))
            continue
        found = _at(written.tables, name)
        if isinstance(found, str):
            _put(given, name, Given(found, written.line(name)))
        elif found == IN_KEYRING and not _is_given(given, name):
            try:
                _put(given, name, Given(look_up(name), "the keyring"))
            except Unavailable as exc:
                warnings.append(f"{name} is in the keyring, and {exc}")
        elif found is not None and found != IN_KEYRING:
            problems.append(
                f"{written.where(name)}: {name} has to be a text, in quotes"
            )
    return Found(tuple(problems), tuple(warnings))


def there(given: Mapping[str, Given]) -> Iterator[str]:
    """The names of all secrets that there can be; those within tables as far as these
    are *given*: ``stt.servers.fast.token``."""
    yield from filter(names.is_secret, names.kinds())
    for name, keys in names.secrets_within().items():
        one = given.get(name)
        if one is not None and isinstance(one.value, dict):
            for inner, fields in one.value.items():
                if isinstance(fields, dict):
                    yield from (f"{name}.{inner}.{key}" for key in keys)


def kept(path: Path) -> Document:
    """What the file *path* says; nothing, where there is none.

    Raises `Misconfigured` when others may read it.
    """
    try:
        written = document.read(path)
    except Misconfigured:
        if path.is_symlink() or path.exists():
            raise
        return Document(path, {}, {})
    if written.shared:
        raise Misconfigured(
            f"{path} holds secrets, and others can read it: chmod 600 '{path}'"
        )
    return written


def value(path: Path, name: str) -> object:
    """What the file *path* keeps of it; None for nothing."""
    return _at(kept(path).tables, name)


def put(path: Path, name: str, value: object) -> None:
    """As it was before: *value*, or nothing where that is None."""
    if value is None:
        forget(path, name)
    else:
        keep(path, name, value)


def keep(path: Path, name: str, value: object) -> None:
    """Write a secret to the file *path*; raises `Misconfigured` when that cannot be."""
    kept(path)  # or it would be spoilt further
    assign(path, name, value)


def forget(path: Path, name: str) -> object:
    """Take it out again; what was there, None if nothing was."""
    found = value(path, name)
    if found is not None:
        drop(path, name)
    return found


def _credential(folder: str, name: str) -> str | None:
    if not folder:
        return None
    path = Path(folder, name)
    try:
        content = path.read_bytes()[: LARGEST + 1]
    except OSError:
        return None
    try:
        return content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Misconfigured(f"{path}: this is not UTF-8 text") from None


def _misplaced(written: Document, given: Mapping[str, Given]) -> Iterator[str]:
    """What is in the file, and no secret."""
    yield from written.problems()
    known = {*there(given)}
    for name in written.settings():
        inner = _inner(written.tables, name)
        for each in inner or [name]:
            if each not in known:
                about = "is no secret of a setting; it belongs into agent.toml"
                yield f"{written.where(each)}: {each} {about}"


def _inner(tables: Mapping[str, object], name: str) -> list[str]:
    """The names within the table *name*, if its secrets are there."""
    table = _at(tables, name)
    if name not in names.secrets_within() or not isinstance(table, dict):
        return []
    return [
        f"{name}.{key}.{field}"
        for key, fields in table.items()
        if isinstance(fields, dict)
        for field in fields
    ]


def _at(tables: Mapping[str, object], name: str) -> object:
    found: object = tables
    for part in name.split("."):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    return found


def _is_given(given: Mapping[str, Given], name: str) -> bool:
    if name in given:
        return bool(given[name].value)
    section, key, *inner = name.split(".")
    one = given.get(f"{section}.{key}")
    return bool(one and _at({"": one.value}, ".".join(["", *inner])))


def _put(given: dict[str, Given], name: str, secret: Given) -> None:
    section, key, *inner = name.split(".")
    if not inner:
        given[name] = secret
        return
    outer = given[f"{section}.{key}"]
    which, field = inner
    assert isinstance(outer.value, dict)  # noqa: S101 # `there` looked
    changed = outer.value | {which: outer.value[which] | {field: secret.value}}
    given[f"{section}.{key}"] = Given(changed, outer.origin)
