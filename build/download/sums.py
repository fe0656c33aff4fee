"""The digests of the folder's files: what `doctor` and `sha256sum --check` go by."""

import hashlib
from pathlib import Path

from agent.doctor.program import SUMS


def write(folder: Path) -> None:
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != SUMS:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest}  {path.relative_to(folder)}\n")
    (folder / SUMS).write_text("".join(lines), "utf-8")
