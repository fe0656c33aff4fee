import os
import stat
from pathlib import Path

import pytest

from agent.control import server
from agent.control.place import is_private, make_private, places
from agent.control.server import socket_for
from agent.errors import Unavailable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_in_a_folder_of_ours_in_the_runtime_folder(
    runtime: Path, tmp_path: Path
) -> None:
    path = socket_for(tmp_path)
    assert path.parent == runtime / "tonny-agent"
    assert mode(path.parent) == 0o700


def test_each_data_folder_has_one_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a")
    same = {str(tmp_path / name) for name in ("a", "a/", "b/../a", "link")}
    assert len({places(name)[0] for name in same}) == 1
    assert places(str(tmp_path / "a")) != places(str(tmp_path / "b"))


def test_whoever_has_no_runtime_folder_has_one_below_tmp(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    user = os.geteuid()
    with_it = places(str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    without = places(str(tmp_path))
    assert with_it[-1] == without[-1]  # where both look
    assert without[-1][0] == f"/tmp/tonny-agent-{user}"
    assert len(with_it) == len(without) + 1


@pytest.mark.parametrize("runtime", ["", "relative", "/nowhere/at/all", "/dev/null"])
def test_a_runtime_folder_that_is_none_is_not_used(
    runtime: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    assert not any(runtime and p.startswith(runtime) for p, _ in places(str(tmp_path)))


def test_the_runtime_folder_of_another_user_is_not_used(
    runtime: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As sudo leaves it in the environment."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not any(p.startswith(str(runtime)) for p, _ in places(str(tmp_path)))


def test_a_path_too_long_for_a_socket_is_not_used(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = runtime / ("x" * 80)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert not any("xxx" in path for _, path in places("data"))


def test_a_folder_that_others_could_look_into_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    assert not is_private(str(folder))
    assert make_private(str(folder))
    assert mode(folder) == 0o700


def test_a_link_or_a_file_in_its_place_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").touch()
    for name in ("link", "file", "missing/folder"):
        assert not make_private(str(tmp_path / name))
        assert not is_private(str(tmp_path / name))


def test_a_folder_of_another_user_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert not make_private(str(folder))
    assert mode(folder) == 0o755


def test_without_any_place_the_reason_is_plain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    place = (str(tmp_path / "file"), str(tmp_path / "file/x.sock"))
    monkeypatch.setattr(server, "places", lambda folder: [place])
    with pytest.raises(Unavailable, match="no folder is private enough"):
        socket_for(tmp_path)
