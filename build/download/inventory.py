"""What travels inside, under which licence: THIRD_PARTY_LICENSES and the SBOM.

What may not be shipped stops the build, and so does a library that nobody knows: nothing
gets into the download by accident.
"""

import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from agent.models.manifest import MODELS
from download import payload
from download.bom import bom
from download.compile import FOLDER, STAGE
from download.licences import Part, refused
from download.places import NAME, PORTAUDIO, ROOT, say, version

LOOSELY_NAMED = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "MIT License": "MIT",
    "The MIT License (MIT)": "MIT",
    "3-Clause BSD License": "BSD-3-Clause",
    "Public Domain": "LicenseRef-public-domain",
    "zlib License": "Zlib",
}
"""What packages say that do not say it in SPDX."""

SILENT = {"pysqlite3": "Zlib"}
"""Packages whose metadata says nothing; their licence files were read."""

OF_THE_SYSTEM = {
    "bzip2": "bzip2-1.0.6",
    "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libffi": "MIT",
    "libzstd": "BSD-3-Clause",
    "openssl": "Apache-2.0",
    "sqlite3": "blessing",  # Python's own, which sqlite-utils imports, and nobody opens
    "expat": "MIT",
    "xz-utils": "0BSD",  # of it, liblzma alone
    "zlib": "Zlib",
}
"""Debian's source packages, of which Python's modules need a library."""

_LICENCE_FILES = ("licen", "copying", "notice", "copyright", "authors")


def write(folder: Path) -> None:
    """Both files into *folder*, which is what is packed."""
    parts = sorted(_parts(), key=lambda part: (part.name.lower(), part.version))
    if wrong := [problem for part in parts for problem in refused(part)]:
        raise SystemExit("tonny: not to be shipped:\n  " + "\n  ".join(wrong))
    (folder / "THIRD_PARTY_LICENSES").write_text(_licences(parts), "utf-8")
    (folder / "sbom.cdx.json").write_text(bom(parts), "utf-8")
    say(f"{len(parts)} parts of others, all under licences that allow this")


def _parts() -> Iterator[Part]:
    packages = payload.distributions(STAGE)
    for package in packages:
        yield _package(package)
    yield from _models()
    yield Part(
        "PortAudio",
        (PORTAUDIO / "version").read_text().strip(),
        "MIT",
        "pkg:generic/portaudio",
        ((PORTAUDIO / "LICENSE").read_text("latin-1"),),
    )
    python = Path(
        sys.base_prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}"
    )
    licence = next(
        path
        for path in (
            python / "LICENSE.txt",
            Path(
                f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright"
            ),
        )
        if path.is_file()
    )
    yield Part(
        "CPython",
        platform.python_version(),
        "PSF-2.0",
        f"pkg:generic/python@{platform.python_version()}",
        (licence.read_text("utf-8"),),
    )
    yield from _libraries(packages)


def _package(package: Distribution) -> Part:
    name, about = package.metadata["Name"], package.metadata.json
    said = str(about.get("license_expression") or about.get("license") or "")
    kinds = [
        kind.rpartition(" :: ")[2]
        for kind in about.get("classifier", [])
        if kind.startswith("License")
    ]
    licence = (
        SILENT.get(name)
        or (said if "\n" not in said else "")
        or (kinds[0] if kinds else "")
    )
    texts = tuple(
        Path(str(file.locate())).read_text("utf-8", "replace")
        for file in package.files or ()
        if any(word in file.name.lower() for word in _LICENCE_FILES)
        and file.suffix not in {".py", ".pyc", ".so", ".pyi"}
    )
    licence = LOOSELY_NAMED.get(licence, licence)
    return Part(
        name,
        package.version,
        licence,
        f"pkg:pypi/{name.lower()}@{package.version}",
        texts or _standard_text(licence),
    )


def _standard_text(licence: str) -> tuple[str, ...]:
    """Apache's is the same for everybody; some packages leave it out."""
    path = Path("/usr/share/common-licenses", licence)
    return (path.read_text(),) if licence == "Apache-2.0" and path.is_file() else ()


def _models() -> Iterator[Part]:
    notice = ((ROOT / "NOTICE").read_text("utf-8"),)
    archives = {model.archive: model.licence for model in MODELS}
    for archive, licence in archives.items():
        name = f"models of {archive.package}"
        purl = f"pkg:pypi/{archive.package}@{archive.version}"
        yield Part(name, archive.version, licence, purl, notice)


def _libraries(packages: list[Distribution]) -> Iterator[Part]:
    """Shared libraries that are no package's own."""
    owned = {
        Path(str(file)).name
        for package in packages
        for file in package.files or ()
        if ".so" in file.name
    }
    found: dict[str, Part] = {}
    for path in sorted(FOLDER.rglob("*.so.*")):
        if path.name in owned or path.name == "libportaudio.so.2":
            continue
        part = _of_the_system(path.name)
        found[part.name] = part
    yield from found.values()
    yield _of_the_system("libzstd.so.1")  # part of the single file's launcher


def _of_the_system(library: str) -> Part:
    """The Debian source package of *library*."""
    listed = _said("ldconfig", "-p").splitlines()
    path = next(
        (line.split(" => ")[1] for line in listed if line.split()[:1] == [library]), ""
    )
    if not path:
        raise SystemExit(f"tonny: nobody knows the library {library}, nor its licence")
    owner = ""
    for place in (
        path,
        str(Path(path).resolve()),
        str(Path(path).resolve()).removeprefix("/usr"),
    ):
        owner = owner or _said("dpkg", "-S", place).split(": ")[0]
    shown = _said(
        "dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", owner
    )
    source, _, release = shown.partition(" ")
    name = "gcc" if source.startswith("gcc-") else source
    texts = Path("/usr/share/doc", owner.partition(":")[0], "copyright")
    return Part(
        name,
        release,
        OF_THE_SYSTEM.get(name, ""),
        f"pkg:deb/debian/{source}@{release}",
        (texts.read_text("utf-8"),) if texts.is_file() else (),
    )


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _licences(parts: list[Part]) -> str:
    lines = [
        f"{NAME} {version()} is under the MIT licence; see LICENSE. It contains the work of",
        "others, each under its own licence. A text that several share is printed once.",
        "",
        *(f"  {part.name} {part.version}: {part.licence}" for part in parts),
    ]
    users: dict[str, list[str]] = {}
    for part in parts:
        for text in dict.fromkeys(part.texts):
            users.setdefault(text.strip(), []).append(f"{part.name} {part.version}")
    for text, names in users.items():
        lines += ["", "=" * 80, ", ".join(dict.fromkeys(names)), "=" * 80, "", text]
    return "\n".join(lines) + "\n"
