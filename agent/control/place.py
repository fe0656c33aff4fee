"""Where a running agent is reached: a socket for its data folder, in a private folder.

Those who ask find it by the same rules as the agent, whose environment may be another
one (a desktop shortcut's, cron's): so they look in every place where it may be.

Imports little, for `tonny-agent ptt` has to be quick.
"""

import hashlib
import os
import stat

_LONGEST = 103
"""Bytes of a socket's path: 104 with the final zero on macOS, 108 on Linux."""


def places(folder: str) -> list[tuple[str, str]]:
    """Where the socket for the data *folder* may be, the best place first: the folder
    that has to be private, and the socket's path in it."""
    real = os.fsencode(os.path.realpath(folder))
    name = hashlib.sha256(real).hexdigest()[:16] + ".sock"
    found = [(private, f"{private}/{name}") for private in _private_folders()]
    return [place for place in found if len(os.fsencode(place[1])) <= _LONGEST]


def sockets() -> list[tuple[str, str]]:
    """As `places`, of whatever data folders: every socket that is there, dead or alive,
    those of events too."""
    found = []
    for private in filter(is_private, _private_folders()):
        for name in sorted(os.listdir(private)):  # noqa: PTH208 # as in make_private
            path = f"{private}/{name}"
            if name.endswith((".sock", ".feed")) and _is_socket(path):
                found.append((private, path))
    return found


def is_private(folder: str) -> bool:
    """Whether *folder* is a real one, ours, and nobody else may look into it."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return _is_ours(found) and not found.st_mode & 0o077


def make_private(folder: str) -> bool:
    """Make *folder* if need be; whether it is private now."""
    try:
        os.mkdir(folder, 0o700)  # noqa: PTH102 # pathlib takes longer to import than all
    except FileExistsError:
        pass
    except OSError:
        return False
    try:
        # By descriptor, so that what is looked at is what is changed.
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if _is_ours(os.fstat(descriptor)):
            os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return is_private(folder)


def _private_folders() -> list[str]:
    """Below the user's runtime folder (XDG Base Directory Specification), but not that
    of another one, which sudo leaves in the environment; and where there is none."""
    user = os.geteuid()
    runtime = [os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{user}"]
    ours = [base for base in dict.fromkeys(runtime) if _is_our_folder(base)]
    shared = f"/tmp/tonny-agent-{user}"  # noqa: S108 # used only if it is private
    return [*(f"{base}/tonny-agent" for base in ours), shared]


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_our_folder(path: str) -> bool:
    try:
        return path.startswith("/") and _is_ours(os.lstat(path))
    except OSError:
        return False


def _is_ours(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
