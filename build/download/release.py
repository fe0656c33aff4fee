"""What is published: all that was made, its checksums, and a signature of these."""

import hashlib
import os
from pathlib import Path

from download.places import OUT, run, say

SUMS = OUT / "SHA256SUMS"
KEY = "TONNY_MINISIGN_KEY"
"""The environment variable that names the secret key's file."""


def checksums() -> None:
    """SHA256SUMS, for ``sha256sum --check``."""
    files = [
        path for path in sorted(OUT.iterdir()) if not path.name.startswith(SUMS.name)
    ]
    SUMS.write_text("".join(f"{_sha256(path)}  {path.name}\n" for path in files))
    say(f"{SUMS.name}: {len(files)} files")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sign() -> None:
    """SHA256SUMS.minisig; minisign asks for the key's password, where it has one."""
    key = os.environ.get(KEY)
    if not key:
        raise SystemExit(f"tonny: {KEY} has to name the file of the secret key")
    run("minisign", "-S", "-s", key, "-m", SUMS, "-x", f"{SUMS}.minisig")
    say(f"signed: {SUMS.name}.minisig")
