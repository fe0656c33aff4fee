from pathlib import Path

import msgspec
import pytest

from agent import models
from agent.errors import Unavailable
from agent.models.manifest import MODELS, SILERO, Archive, Model

ARCHIVES = list({model.archive.package: model.archive for model in MODELS}.values())


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONNY_MODELS_DIR", str(tmp_path))
    return tmp_path


def test_a_missing_file_is_told_with_the_remedy(empty: Path) -> None:
    with pytest.raises(
        Unavailable, match=rf"is not there; to mend it: {models.REMEDY}"
    ):
        models.locate(SILERO)


def test_a_truncated_file_is_told_with_the_remedy(empty: Path) -> None:
    (empty / SILERO.name).write_bytes(b"the beginning")
    with pytest.raises(
        Unavailable, match=rf"is not whole; to mend it: {models.REMEDY}"
    ):
        models.locate(SILERO)


def test_a_file_of_the_right_size_but_other_content_is_told_with_the_remedy(
    empty: Path,
) -> None:
    (empty / SILERO.name).write_bytes(bytes(SILERO.size))
    assert models.locate(SILERO) == empty / SILERO.name  # cheap: looks at the size
    found = models.fault(SILERO)
    assert found is not None
    assert "not what was published" in found
    assert models.REMEDY in found


def test_a_folder_in_the_place_of_a_file_is_no_model(empty: Path) -> None:
    place = empty / SILERO.name
    place.mkdir()
    model = msgspec.structs.replace(SILERO, size=place.stat().st_size)
    assert models.fault(model) is not None


def test_the_file_that_was_published_has_no_fault(empty: Path) -> None:
    (empty / "few.bin").write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    model = Model("few.bin", SILERO.archive, "few.bin", sha256, 3, "MIT")
    assert models.fault(model) is None
    assert models.locate(model) == empty / "few.bin"


def test_every_file_that_lacks_is_found_at_once(empty: Path) -> None:
    problems = models.verify()
    assert len(problems) == len(MODELS)
    for model, problem in zip(MODELS, problems, strict=True):
        assert model.name in problem


def test_a_folder_is_given_only_when_all_its_files_are_there(empty: Path) -> None:
    with pytest.raises(Unavailable, match="pico/"):
        models.folder("pico")
    (empty / "pico").mkdir()
    for model in MODELS:
        if model.name.startswith("pico/"):
            (empty / model.name).write_bytes(bytes(model.size))
    assert models.folder("pico") == empty / "pico"


def test_no_two_models_are_kept_in_one_file() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_manifest_is_complete(model: Model) -> None:
    assert model.size > 0
    assert model.licence in {"MIT", "Apache-2.0"}
    assert len(bytes.fromhex(model.sha256)) == 32
    name = Path(model.name)
    assert not name.is_absolute()
    assert ".." not in name.parts


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.package)
def test_every_package_is_pinned_and_is_the_same_for_everybody(
    archive: Archive,
) -> None:
    assert len(bytes.fromhex(archive.sha256)) == 32
    assert archive.version[0].isdigit()
    assert {"--only-binary=:all:", "--no-binary=:all:"} & set(archive.options)


def test_every_licence_is_named_in_the_notice() -> None:
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    for archive in ARCHIVES:
        assert archive.package in notice
