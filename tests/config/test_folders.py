import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.folders import config_dir, data_dir, models_dir, prepare
from agent.errors import Misconfigured


@pytest.fixture(autouse=True)
def nothing_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("TONNY_DATA_DIR", "TONNY_MODELS_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_by_default_they_are_the_users(tmp_path: Path) -> None:
    assert config_dir() == tmp_path / "config/tonny-agent"
    assert data_dir() == tmp_path / "data/tonny-agent"
    assert models_dir() == tmp_path / "cache/tonny-agent/models"


def test_what_is_said_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONNY_DATA_DIR", "mine")
    monkeypatch.setenv("TONNY_MODELS_DIR", "models")
    assert data_dir() == Path("mine")
    assert data_dir(Path("ours")) == Path("ours")
    assert models_dir() == Path("models")


@pytest.mark.parametrize(
    ("folder", "variable"),
    [
        (config_dir, "TONNY_CONFIG"),
        (data_dir, "TONNY_DATA_DIR"),
        (models_dir, "TONNY_MODELS_DIR"),
    ],
)
def test_without_a_home_it_is_said_what_to_set(
    homeless: None, folder: Callable[[], Path], variable: str
) -> None:
    with pytest.raises(Misconfigured, match=f"no home folder; set HOME or {variable}"):
        folder()


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "a/b")
    assert folder == tmp_path / "a/b"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_one_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    prepare(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("below", ["file", "file/b", "file/b/c"])
def test_a_file_in_the_way_is_named_as_such(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="has to be a folder, but a file is"):
        prepare(tmp_path / below)


def test_what_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be made: File name too long"):
        prepare(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_what_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Misconfigured, match="cannot be written to"):
        prepare(tmp_path)
