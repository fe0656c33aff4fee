"""Whether the settings can be meant, and whether they are private."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from agent.config import Config, load
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
            remedy = f"chmod 600 {loaded.path}"
            findings.append(fault("config.exposed", title, remedy))
        else:
            findings.append(note("secrets", title, "tonny-agent secrets list"))
    return Settled(loaded.config, findings, path=loaded.path)
