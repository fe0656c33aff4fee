"""Which packages travel inside: those that a user's installation would have."""

from importlib import metadata
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("echo", "hotkey")
"""Everybody who downloads gets them."""

UNUSED = {"pip", "setuptools"}
"""Named by a package that does not need them at run time (sqlite-utils, ttspico)."""


def distributions(stage: Path) -> list[Distribution]:
    """The packages of the payload, by name, without Tonny itself, which is in *stage*."""
    (tonny,) = metadata.distributions(path=[str(stage)])
    found: dict[str, Distribution] = {}
    waiting = [(tonny, frozenset(EXTRAS))]
    while waiting:
        package, extras = waiting.pop()
        for line in package.requires or ():
            wanted = Requirement(line)
            name = canonicalize_name(wanted.name)
            if name in UNUSED or not _applies(wanted, extras):
                continue
            if name not in found:
                found[name] = metadata.distribution(name)
                waiting.append((found[name], frozenset(wanted.extras)))
    return [found[name] for name in sorted(found)]


def _applies(wanted: Requirement, extras: frozenset[str]) -> bool:
    marker = wanted.marker
    return marker is None or any(
        marker.evaluate({"extra": extra}) for extra in (*extras, "")
    )


def modules(stage: Path) -> list[str]:
    """The top-level modules of those packages."""
    names = {canonicalize_name(each.metadata["Name"]) for each in distributions(stage)}
    return sorted(
        module
        for module, owners in metadata.packages_distributions().items()
        if module.isidentifier()
        and not module.startswith("__")
        and any(canonicalize_name(owner) in names for owner in owners)
    )
