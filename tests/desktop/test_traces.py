"""What is Tonny's, and what is not, where a user wants it gone."""

from pathlib import Path

import pytest

from agent.desktop.traces import remove, traces
from agent.errors import Misconfigured


def lay(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(1000))
    return folder


def test_its_own_folder_goes_with_all_in_it(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "tonny.db", "speech/a.wav", "something new")
    [found] = traces(data, data, [])
    assert found.path == data
    assert "3.0 kB" in found.as_text()
    remove([found])
    assert not data.exists()


def test_what_is_not_its_own_in_a_named_folder_stays(tmp_path: Path) -> None:
    data = lay(tmp_path / "mine", "tonny.db", "tonny.db-wal", "lock", "voice/x", "tax")
    remove([*traces(data, tmp_path / "usual", [])])
    assert sorted(path.name for path in data.iterdir()) == ["tax", "voice"]


def test_a_named_folder_with_nothing_else_goes(tmp_path: Path) -> None:
    data = lay(tmp_path / "mine", "tonny.db", "tonny.log.1", "voice/x", "start.json")
    remove([*traces(data, tmp_path / "usual", [])])
    assert not data.exists()


def test_behind_a_link_nothing_is_removed(tmp_path: Path) -> None:
    elsewhere = lay(tmp_path / "elsewhere", "photo")
    link = tmp_path / "cache"
    link.symlink_to(elsewhere)
    remove([*traces(tmp_path / "none", tmp_path / "none", [(link, "models")])])
    assert not link.is_symlink()
    assert (elsewhere / "photo").exists()


def test_what_is_not_there_is_not_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert [*traces(gone, gone, [(gone / "x", "settings")])] == []


def test_what_cannot_be_removed_is_named(tmp_path: Path) -> None:
    data = lay(tmp_path / "data", "tonny.db")
    found = [*traces(data, data, [])]
    remove(found)
    with pytest.raises(Misconfigured, match="cannot be removed"):
        remove([*traces(Path("/proc/self"), tmp_path, [(Path("/proc/version"), "x")])])
