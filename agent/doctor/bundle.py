"""What a maintainer asks for, in a file: no secret, and nothing that was said."""

import os
import platform
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import msgspec

from agent import __version__
from agent.config import Config
from agent.config.settings import Secret, to_builtins
from agent.doctor.findings import Report
from agent.errors import AgentError, Misconfigured
from agent.logs import FILE
from agent.record.history import open_history
from agent.record.sqlite import DATABASE, sqlite3

MOST_LINES = 2000

_EVENTS = "SELECT type, count(*), max(at) FROM events GROUP BY type ORDER BY type"
_METRICS = """
SELECT timestamp, metric_name, metric_value FROM metrics ORDER BY id DESC LIMIT 500
"""
_JOURNAL = " agent.journal: "
"""What happened, perhaps with what was said."""

_QUOTED = re.compile(r"(['\"“]).{3,}?(['\"”])")


def write_bundle(file: Path, report: Report, config: Config, folder: Path) -> None:
    """Make *file*, readable by its owner alone.

    Raises `Misconfigured` when it cannot be written, or is there already.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with (
            os.fdopen(os.open(file, flags, 0o600), "wb") as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as bundle,
        ):
            for name, text in _parts(report, config, folder):
                bundle.writestr(name, _without(config, text))
    except OSError as exc:
        raise Misconfigured(f"{file} cannot be made: {exc.strerror}") from exc


def _parts(report: Report, config: Config, folder: Path) -> Iterator[tuple[str, str]]:
    yield "report.json", report.as_json()
    yield "report.txt", report.as_text()
    yield "versions.json", _json(_versions())
    yield "settings.json", _json(to_builtins(config))
    yield "record.json", _json(_counts(folder))
    yield "log.txt", "\n".join(_log(folder))


def _json(plain: object) -> str:
    return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode()


def _versions() -> dict[str, object]:
    packages = {each.metadata["Name"]: each.version for each in distributions()}
    return {
        "tonny-agent": __version__,
        "python": sys.version,
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "packages": dict(sorted(packages.items())),
    }


def _counts(folder: Path) -> dict[str, object]:
    """How many events of each kind there are, and the last metrics: numbers alone."""
    try:
        with open_history(folder / DATABASE) as connection:
            if connection is None:
                return {}
            return {
                "events": [list(row) for row in connection.execute(_EVENTS)],
                "metrics": [list(row) for row in connection.execute(_METRICS)],
            }
    except AgentError as exc:
        return {"problem": str(exc)}


def _log(folder: Path) -> list[str]:
    """The last lines about the program itself; of events, only how many of each kind,
    and of what is quoted, nothing: it may have been said."""
    try:
        lines = (folder / FILE).read_text("utf-8", "replace").splitlines()[-MOST_LINES:]
    except OSError as exc:
        return [f"no log: {exc.strerror}"]
    kept, happened = list[str](), Counter[str]()
    skipped = False
    for line in lines:
        if not line.startswith("    "):
            skipped = _JOURNAL in line
            if skipped:
                happened[line.partition(_JOURNAL)[2].split(" ", 1)[0]] += 1
        if not skipped:
            kept.append(_QUOTED.sub(r"\1…\2", line))
    return [*kept, "", *(f"{count} × {name}" for name, count in happened.most_common())]


def _without(config: Config, text: str) -> str:
    """*text*, were any secret ever to get into it, without that."""
    for secret in _secrets(config):
        text = text.replace(secret, "***")
    return text


def _secrets(part: object) -> Iterator[str]:
    if isinstance(part, Secret):
        if part:
            yield part.reveal()
    elif isinstance(part, msgspec.Struct):
        for name in part.__struct_fields__:
            yield from _secrets(getattr(part, name))
    elif isinstance(part, dict):
        for each in part.values():
            yield from _secrets(each)
