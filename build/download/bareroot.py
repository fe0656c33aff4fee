"""A system with a C library and ALSA's, and nothing else: no shell, no Python, no
network, no home that could be written to. What runs there carries what it needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("libc6", "libc-bin", "libasound2", "libasound2-data")
"""Sound is the one thing that has to match the system: its plugins belong to it."""

UID = 4711
HOME = "/home/zoë"
"""Belongs to root."""

DESK = "/srv/Zoë’s files"
"""The one folder, besides /tmp, that the user of the smoke test may write to."""


def make(root: Path) -> None:
    """A new one in the folder *root*, from what is installed on this system."""
    if os.geteuid() != 0:
        raise SystemExit(
            "tonny: the smoke test changes its root folder: run it as root"
        )
    remove(root)
    for name in ("usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "proc", "dev"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    for path in _files():
        if "/doc/" not in path and "/bin/" not in path and "/sbin/" not in path:
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)
    for name, mode in (("tmp", 0o1777), (HOME, 0o555), (DESK, 0o755), ("opt", 0o755)):
        folder = root / name.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    os.chown(root / DESK.lstrip("/"), UID, UID)
    user = f"root:x:0:0::/root:/nowhere\nzoe:x:{UID}:{UID}::{HOME}:/nowhere\n"
    (root / "etc/passwd").write_text(user)
    (root / "var/lib/dpkg/info").mkdir(parents=True)
    (root / "var/lib/dpkg/updates").mkdir()
    (root / "var/lib/dpkg/status").touch()
    for name in ("null", "zero", "urandom"):
        minor = {"null": 3, "zero": 5, "urandom": 9}[name]
        os.mknod(root / "dev" / name, 0o020666, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)  # whatever the umask is


def remove(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)


def _files() -> list[str]:
    names = [_installed(package) for package in PACKAGES]
    listing = subprocess.run(
        ("dpkg", "-L", *names), capture_output=True, text=True, check=True
    ).stdout
    return [
        path
        for path in listing.splitlines()
        if Path(path).is_symlink() or Path(path).is_file()
    ]


def _installed(package: str) -> str:
    """Newer systems have ALSA's library under another name."""
    done = subprocess.run(
        ("dpkg", "-s", package),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return package if done.returncode == 0 else f"{package}t64"


def inside(root: Path, command: Sequence[str], **environment: str) -> list[str]:
    """The command that runs *command* there: as another user, with /proc, without a
    network, and with no more of this environment than is given."""
    settings = {"HOME": HOME, "PATH": "/usr/bin", **environment}
    return [
        *("env", "-i", *(f"{name}={value}" for name, value in settings.items())),
        *("/usr/bin/unshare", "--mount", "--net", "--"),
        *(sys.executable, "-I", "-S", "-c", _LOOPBACK),
        *("/usr/bin/unshare", "--mount-proc=/proc", f"--root={root}"),
        *(f"--wd={DESK}", f"--setuid={UID}", f"--setgid={UID}", "--", *command),
    ]


# A machine without a network still reaches itself. 0x8914: SIOCSIFFLAGS; 1: IFF_UP.
_LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh14x", b"lo", 1))
os.execv(sys.argv[1], sys.argv[1:])
"""


def beside(process: int, command: Sequence[str]) -> list[str]:
    """The command that runs *command* of this system on the network of *process*."""
    return ["nsenter", f"--target={process}", "--net", "--", *command]
