"""What is made of the folder: the archive, the single file, and the size report."""

import hashlib
import io
import platform
import shutil
import tarfile
from pathlib import Path

import zstandard

from download import glibc, inventory, single, sums
from download.compile import FOLDER
from download.places import NAME, OUT, WORK, commit_time, version

LEVEL = 12
"""19 would save 2 MB more, and take three minutes."""

LARGEST = 90_000_000
"""Bytes; more is not sent around."""


def machine() -> str:
    return f"linux-{platform.machine()}"


def archive() -> Path:
    return OUT / f"{NAME}-{version()}-{machine()}.tar.zst"


def single_file() -> Path:
    return OUT / NAME


def pack() -> None:
    OUT.mkdir(exist_ok=True)
    inventory.write(FOLDER)
    sums.write(FOLDER)
    top = f"{NAME}-{version()}"
    tar = _tar(FOLDER, top)
    packed = _compress(tar)
    archive().write_bytes(packed)
    if len(packed) > LARGEST:
        raise SystemExit(f"tonny: {archive().name} is larger than {LARGEST} bytes")
    launcher = WORK / "launcher"
    single.compile_launcher(launcher)
    glibc.check(FOLDER, launcher)
    name = f"{version()}-{hashlib.sha256(tar).hexdigest()[:16]}"
    content = single.joined(launcher.read_bytes(), packed, name, f"{top}/{NAME}")
    single_file().write_bytes(content)
    single_file().chmod(0o755)
    for text in ("THIRD_PARTY_LICENSES", "sbom.cdx.json"):
        shutil.copy(FOLDER / text, OUT)
    report = size_report()
    (OUT / "SIZES.txt").write_text(report)
    print(report)


def _tar(folder: Path, top: str) -> bytes:
    """*folder* in a tar below *top*: sorted, and of nobody's at the commit's time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in [folder, *sorted(folder.rglob("*"))]:
            name = str(Path(top) / path.relative_to(folder))
            if name == ".":
                continue
            entry = tar.gettarinfo(path, name)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = commit_time()
            entry.mode = (
                0o755 if entry.isdir() or path.stat().st_mode & 0o100 else 0o644
            )
            if entry.isdir():
                tar.addfile(entry)
            elif entry.isreg():
                with path.open("rb") as content:
                    tar.addfile(entry, content)
            else:
                raise SystemExit(f"tonny: {path} is neither a file nor a folder")
    return out.getvalue()


def _compress(content: bytes) -> bytes:
    # However many threads there are, the result is the same; only none is different.
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, threads=2)
    return bytes(compressor.compress(content))


def size_report() -> str:
    """What takes the room, largest first."""
    sizes: dict[str, int] = {}
    for path in FOLDER.rglob("*"):
        if path.is_file():
            parts = path.relative_to(FOLDER).parts
            top = "/".join(parts[:3]) if parts[0] == "agent" else parts[0]
            sizes[top] = sizes.get(top, 0) + path.stat().st_size
    rows = sorted(sizes.items(), key=lambda row: -row[1])
    rest = sum(size for _, size in rows[20:])
    lines = [f"{size / 1e6:8.1f} MB  {name}" for name, size in rows[:20]]
    lines += [f"{rest / 1e6:8.1f} MB  {len(rows) - 20} others"] if rest else []
    return "\n".join(
        [
            f"{archive().name:40} {_megabytes(archive())}",
            f"{single_file().name:40} {_megabytes(single_file())}",
            f"{'unpacked':40} {sum(sizes.values()) / 1e6:.1f} MB, of it:",
            *lines,
            "",
        ]
    )


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"
