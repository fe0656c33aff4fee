"""The single file: a launcher, what it unpacks, and where that is."""

from pathlib import Path

from download.places import ROOT, run

SOURCE = ROOT / "packaging/linux/launcher.c"
MAGIC = b"Tonnyv01"
NAME_ROOM = 64


def compile_launcher(target: Path) -> None:
    flags = ("-O2", "-Wall", "-Wextra", "-Werror", "-s", "-Wl,--build-id=none")
    run("gcc", *flags, "-o", target, SOURCE, "-l:libzstd.a")


def joined(launcher: bytes, packed: bytes, name: str, program: str) -> bytes:
    """The file's content; *name* is that of the folder which *packed* becomes, and
    *program* a path in it."""
    place = len(launcher).to_bytes(8, "little") + len(packed).to_bytes(8, "little")
    return launcher + packed + place + _room(name) + _room(program) + MAGIC


def _room(name: str) -> bytes:
    room = name.encode().ljust(NAME_ROOM, b"\0")
    if len(room) != NAME_ROOM or not room.endswith(b"\0") or not name:
        raise ValueError(f"{name!r} is no name that the launcher has room for")
    return room
