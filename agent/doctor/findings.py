"""What a check returns, and how a report reads."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from agent.doctor.catalogue import MISCONFIGURED, why

Severity: TypeAlias = Literal["ok", "note", "fault"]

_BAD_CONFIG = 78
"""EX_CONFIG of sysexits.h."""

SIGNS: dict[Severity, str] = {"ok": "✓", "note": "·", "fault": "✗"}


TOLD = 3
"""Things that one sentence names."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    *code* is stable, for scripts and documentation. A *fault* keeps something from
    working; a *note* is worth knowing. *why* is what it matters for, and *remedy* the
    command or setting that mends it.
    """

    code: str
    severity: Severity
    title: str
    remedy: str = ""
    why: str = ""


class Report(msgspec.Struct, frozen=True):
    """All findings, in the order in which sound travels."""

    findings: Sequence[Finding]

    @property
    def healthy(self) -> bool:
        return all(finding.severity != "fault" for finding in self.findings)

    @property
    def status(self) -> int:
        """The exit status: 0, 1, or 78 where it is the settings."""
        faults = {each.code for each in self.findings if each.severity == "fault"}
        return _BAD_CONFIG if faults & MISCONFIGURED else int(bool(faults))

    def as_json(self) -> str:
        plain = {"healthy": self.healthy, "findings": self.findings}
        return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode()

    def as_text(self) -> str:
        """Faults come last, where a terminal shows them."""
        lines: list[str] = []
        for finding in sorted(self.findings, key=lambda each: each.severity == "fault"):
            lines.append(f"{SIGNS[finding.severity]} {finding.title}")
            if finding.why and finding.severity == "fault":
                lines.append(f"  {finding.why}")
            if finding.remedy:
                lines.append(f"  → {finding.remedy}")
        faults = sum(finding.severity == "fault" for finding in self.findings)
        lines += ["", "All is well." if not faults else _count(faults)]
        return "\n".join(lines)


def _count(faults: int) -> str:
    return "One fault was found." if faults == 1 else f"{faults} faults were found."


def some(things: Sequence[str]) -> str:
    """The first few of *things*, and how many more there are."""
    more = f" and {len(things) - TOLD} more" if len(things) > TOLD else ""
    return "; ".join(things[:TOLD]) + more


def ok(code: str, title: str) -> Finding:
    return Finding(code, "ok", title)


def note(code: str, title: str, remedy: str = "") -> Finding:
    return Finding(code, "note", title, remedy, why(code))


def fault(code: str, title: str, remedy: str) -> Finding:
    return Finding(code, "fault", title, remedy, why(code))
