"""Under which licences the work of others may travel along."""

from collections.abc import Iterator

import msgspec
from license_expression import ExpressionError, get_spdx_licensing

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT"),
    *("MIT-0", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib", "blessing", "bzip2-1.0.6"),
    "LicenseRef-public-domain",
    "MPL-2.0",  # of its files; we change none
    "LGPL-2.1-or-later",  # a library of its own in the folder: it may be exchanged
    "GPL-3.0-or-later WITH GCC-exception-3.1",  # what GCC adds to all it compiles
}


class Part(msgspec.Struct, frozen=True):
    """One thing that somebody else made."""

    name: str
    version: str
    licence: str
    purl: str
    texts: tuple[str, ...]


def refused(part: Part) -> Iterator[str]:
    """Why *part* may not travel along."""
    try:
        parsed = get_spdx_licensing().parse(part.licence, validate=False)
    except ExpressionError as exc:
        yield f"{part.name} {part.version}: no SPDX licence: {exc}"
        return
    if parsed is None or not _allowed(parsed):
        yield f"{part.name} {part.version}: {part.licence or 'no licence'}"
    if not part.texts:
        yield f"{part.name} {part.version}: the text of its licence is missing"


def _allowed(parsed: object) -> bool:
    """Of alternatives one is enough; of what holds together, all have to be."""
    operator, parts = (
        getattr(parsed, "operator", "").strip(),
        getattr(parsed, "args", ()),
    )
    if operator == "OR":
        return any(_allowed(part) for part in parts)
    if operator == "AND":
        return all(_allowed(part) for part in parts)
    return str(parsed) in ALLOWED
