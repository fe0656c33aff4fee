"""What the compiled program knows about itself; the smoke test has it for real."""

import ctypes.util
import subprocess
import sys
from pathlib import Path

import pytest

from agent import executable
from agent.config.folders import models_dir
from agent.portaudio import library

CHILD = """\
import sys


def main() -> None:
    print(sys.argv[1:])


if __name__ == "__main__":
    main()
"""


def test_from_source_nothing_is_carried() -> None:
    assert not executable.COMPILED
    assert not executable.CARRIED.exists()


def test_from_source_a_child_is_its_file(tmp_path: Path) -> None:
    file = tmp_path / "child.py"
    file.write_text(CHILD)
    command = [*executable.child("child", str(file)), "a", "b"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "['a', 'b']\n"


def test_compiled_a_child_is_the_program_with_a_private_argument(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(executable, "COMPILED", True)
    monkeypatch.setattr(sys, "argv", ["tonny-agent"])
    (tmp_path / "some_child.py").write_text(CHILD)
    monkeypatch.syspath_prepend(tmp_path)
    program, private, *rest = executable.child("some_child", "anything")
    assert Path(program).samefile(sys.executable)
    assert private == executable.CHILD
    executable.be_a_child([*rest, "a", "b"])
    assert capsys.readouterr().out == "['a', 'b']\n"


def test_the_models_that_are_carried_come_before_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONNY_MODELS_DIR", raising=False)
    monkeypatch.setattr("agent.config.folders.CARRIED", tmp_path)
    assert models_dir() != tmp_path / "models"
    (tmp_path / "models").mkdir()
    assert models_dir() == tmp_path / "models"
    monkeypatch.setenv("TONNY_MODELS_DIR", "/elsewhere")
    assert models_dir() == Path("/elsewhere")


def test_the_portaudio_that_is_carried_comes_before_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_library = ctypes.util.find_library
    monkeypatch.setattr(library, "CARRIED", tmp_path)
    with library._carried_first():
        assert ctypes.util.find_library is find_library
    carried = tmp_path / "lib/libportaudio.so.2"
    carried.parent.mkdir()
    carried.touch()
    with library._carried_first():
        assert ctypes.util.find_library("portaudio") == str(carried)
        assert ctypes.util.find_library("c") == find_library("c")
    assert ctypes.util.find_library is find_library


def test_a_library_that_the_system_lacks_is_loaded_from_what_is_carried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executable, "CARRIED", tmp_path)
    monkeypatch.setattr(executable, "COMPILED", True)
    monkeypatch.setattr(executable, "_RUNTIME", ("libtonnyprobe.so.1",))
    executable.prepare()  # nobody has it: whoever needs it will say so
    carried = tmp_path / "lib/libtonnyprobe.so.1"
    carried.parent.mkdir()
    subprocess.run(
        ["cc", "-shared", "-xc", "-", "-o", str(carried)],
        input=b"int probe = 7;",
        check=True,
    )
    assert str(carried) not in _mapped()
    executable.prepare()
    assert str(carried) in _mapped()


def _mapped() -> str:
    return Path("/proc/self/maps").read_text()
