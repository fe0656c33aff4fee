"""The program as it is downloaded: compiled, and carrying all that it needs.

From source, nothing is carried: libraries are the system's, and models are in the
user's cache folder.
"""

import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path

COMPILED = "__compiled__" in globals()

CARRIED = Path(__file__).with_name("carried")
"""The folder of what is no Python package: models, voices, libraries. It is there in
the compiled program only."""

CHILD = "--child"
"""The private first argument with which the program starts one of its own modules."""

_RUNTIME = ("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1")
"""What compiled packages expect of the system, each after those that it needs."""


def single_file() -> Path | None:
    """The file that unpacked this very process, for it is what the user has.

    Its launcher became us, so it had our number; others only inherit what it said.
    """
    process, _, path = os.environ.get("TONNY_SINGLE_FILE", "").partition(" ")
    return Path(path) if COMPILED and process == str(os.getpid()) else None


def path() -> Path:
    """What the user starts the compiled program with."""
    return single_file() or _binary()


def _binary() -> Path:
    """Nuitka's `sys.executable` names a Python that is not there."""
    with suppress(OSError):
        return Path("/proc/self/exe").readlink()
    return Path(sys.executable).with_name(Path(sys.argv[0]).name)  # another system


def child(module: str, file: str) -> tuple[str, ...]:
    """The command that runs the function `main` of *module*, which is *file*, in a
    process of its own.

    From source by its path and with -P: with -m, Python would first look for modules
    in the current folder, which may be anybody's.
    """
    if COMPILED:
        return (str(_binary()), CHILD, module)
    return (sys.executable, "-P", file)


def be_a_child(arguments: list[str]) -> None:
    """Run what `child` named, with the rest of the *arguments*."""
    module, *rest = arguments
    sys.argv = [module, *rest]
    importlib.import_module(module).main()


def prepare() -> None:
    """Load what is carried for a system that lacks it. The system's own comes first,
    for other libraries of the system may need a newer one than ours."""
    if not COMPILED:
        return
    import _ctypes  # without the package around it, which costs 20 ms

    for name in _RUNTIME:
        # once one is loaded, whatever asks for this name gets it
        with suppress(OSError):
            _ctypes.dlopen(name, os.RTLD_NOW)
            continue
        with suppress(OSError):  # then whoever needs it says so
            _ctypes.dlopen(str(CARRIED / "lib" / name), os.RTLD_NOW)
