"""Whether the settings can be meant, and whether they are private."""

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import msgspec

from agent.config import Config, load
from agent.config.document import NoToml, Unreadable
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import AgentError


class Settled(msgspec.Struct, frozen=True):
    """The settings, as far as they could be read, and what there is to say of them.
    *usable*: they are what the user meant."""

    config: Config
    findings: Sequence[Finding]
    usable: bool = True
    path: Path | None = None


def read_settings(explicit: Path | None) -> Settled:
    """As any command reads them; what is wrong is found instead of raised, and the
    defaults stand in."""
    try:
        loaded = load(explicit)
    except Unreadable as exc:
        finding = fault("config.unreadable", f"{exc}.", _readable(exc.__cause__))
        return Settled(Config(), [finding], usable=False, path=explicit)
    except NoToml as exc:
        return Settled(Config(), [_no_toml(exc)], usable=False, path=explicit)
    except AgentError as exc:
        remedy = "Correct that, then: tonny-agent config check"
        found = [fault("config", line, remedy) for line in str(exc).splitlines()]
        return Settled(Config(), found, usable=False, path=explicit)
    named = loaded.path or "the defaults: there is no agent.toml"
    findings = [ok("config", f"The settings are {named}.")]
    for warning in loaded.warnings:
        said, mended, _ = warning.partition(": chmod")
        title = f"{said[:1].upper()}{said[1:]}."
        if mended:
            remedy = f"chmod 600 {quote(str(loaded.path))}"
            findings.append(fault("config.exposed", title, remedy))
        else:
            findings.append(note("secrets", title, "tonny-agent secrets list"))
    return Settled(loaded.config, findings, path=loaded.path)


def _readable(exc: BaseException | None) -> str:
    """What helps against *exc*, which is what kept us from reading the file."""
    path = Path(f"{getattr(exc, 'filename', None) or 'agent.toml'}")
    name = quote(str(path))
    match exc:
        case FileNotFoundError():
            return f"To make one: tonny-agent config init --config {name}"
        case IsADirectoryError():
            return (
                f"Name a file with --config or TONNY_CONFIG, or: mv {name} {name}.old"
            )
        case PermissionError() if _is_ours(path):
            return f"chmod 600 {name}"
        case PermissionError():
            return f"sudo chown $USER {name}"
    return "Name another file with --config or TONNY_CONFIG."


def _is_ours(path: Path) -> bool:
    try:
        return path.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _no_toml(exc: NoToml) -> Finding:
    remedy = "Correct that line, then: tonny-agent config check"
    if "UTF-8" in f"{exc}":
        remedy = "Save it as UTF-8 in your editor, then: tonny-agent config check"
    return fault("config.syntax", f"{exc}.", remedy)
