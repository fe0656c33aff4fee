"""Whether the program is as it was downloaded: unpacked halfway, or tidied up by a
scanner for viruses, it starts all the same, and fails later."""

import hashlib
import importlib
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import trio

from agent import executable
from agent.doctor.findings import Finding, fault, ok, some

SUMS = "SHA256SUMS"
"""Lies beside the program; written at the build, as `sha256sum` reads it."""

NATIVE = (
    *("_asyncio", "_bisect", "_decimal", "_elementtree", "_heapq", "_json", "_opcode"),
    *("_pickle", "_queue", "_statistics", "_typing", "_zoneinfo", "cmath"),
    *(("grp", "termios") if os.name == "posix" else ()),
    *("_md5", "_sha1", "_sha3", "_blake2", "_hashlib"),
    *(("_sha2",) if sys.version_info >= (3, 12) else ("_sha256", "_sha512")),
    *("_bz2", "_lzma", "_multibytecodec", "_codecs_cn", "_codecs_hk"),
    *("_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw"),
    "nacl._sodium",  # signatures of updates
    "soxr",  # devices with rates of their own
    "numpy.fft",  # the way of sound from speaker to microphone
)
"""Modules in C which are not missed at first: something slower stands in for them, or few
ever need what they do, such as an encoding."""


async def check_program() -> Sequence[Finding]:
    """Of the compiled program, no file is missing, and none is another."""
    if not executable.COMPILED:
        return [ok("program", "The program runs from source.")]
    folder = executable.CARRIED.parents[1]
    wrong = await trio.to_thread.run_sync(lambda: [*_unlike(folder), *_unusable()])
    if not wrong:
        return [ok("program", "The program is complete, and as it was published.")]
    return [fault("program", f"In {folder}, {some(wrong)}.", _remedy(folder))]


def _unlike(folder: Path) -> Iterator[str]:
    """What is wrong with the files that the sums name."""
    if sys.platform == "darwin":
        return  # signing has changed them, and the signature tells
    try:
        sums = (folder / SUMS).read_text("utf-8").splitlines()
    except OSError as exc:
        yield f"{SUMS} cannot be read ({exc.strerror})"
        return
    for line in sums:
        wanted, _, name = line.partition("  ")
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as exc:
            yield f"{name} cannot be read ({exc.strerror})"
            continue
        if found != wanted:
            yield f"{name} is not what was published"


def _unusable() -> Iterator[str]:
    for name in NATIVE:
        try:
            importlib.import_module(name)
        except ImportError as exc:
            yield f"the module {name} cannot be used ({exc})"


def _remedy(folder: Path) -> str:
    if executable.single_file() is not None:
        return f"rm -r {shlex.quote(str(folder.parent))} (it will be unpacked anew)"
    if folder.is_relative_to("/usr/lib"):
        return "sudo apt-get install --reinstall tonny-agent"
    return "Download Tonny again, and unpack it into an empty folder."
