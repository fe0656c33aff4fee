"""A program of which a part is missing says so."""

import hashlib
from pathlib import Path

import pytest

from agent import executable
from agent.doctor import program
from agent.doctor.findings import Finding
from agent.doctor.program import SUMS, check_program


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a compiled program is, with two files beside it."""
    (tmp_path / "agent" / "carried").mkdir(parents=True)
    for name in ("one.so", "agent/two words.bin"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / SUMS).write_text(
        "".join(
            f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n"
            for name in ("one.so", "agent/two words.bin")
        )
    )
    monkeypatch.setattr(executable, "COMPILED", True)
    monkeypatch.setattr(executable, "CARRIED", tmp_path / "agent" / "carried")
    return tmp_path


async def _found() -> Finding:
    (found,) = await check_program()
    return found


async def test_from_source_there_is_nothing_to_compare() -> None:
    assert (await _found()).severity == "ok"


async def test_what_is_whole_is_said_to_be(folder: Path) -> None:
    assert (await _found()).severity == "ok"


async def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    (folder / "agent/two words.bin").unlink()
    found = await _found()
    assert found.severity == "fault"
    assert "agent/two words.bin cannot be read (No such file" in found.title
    assert "Download Tonny again" in found.remedy


async def test_a_file_that_is_another_is_named(folder: Path) -> None:
    (folder / "one.so").write_bytes(b"another")
    assert "one.so is not what was published" in (await _found()).title


async def test_without_the_sums_nobody_knows(folder: Path) -> None:
    (folder / SUMS).unlink()
    assert f"{SUMS} cannot be read" in (await _found()).title


async def test_of_many_some_are_named(folder: Path) -> None:
    (folder / SUMS).write_text("".join(f"{'0' * 64}  {n}.so\n" for n in range(9)))
    assert "2.so cannot be read (No such file or directory) and 6 more." in (
        (await _found()).title
    )


async def test_what_python_does_without_is_missed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "NATIVE", ("_json", "_no_such_module"))
    assert "the module _no_such_module cannot be used" in (await _found()).title


async def test_the_single_file_unpacks_itself_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executable, "single_file", lambda: Path("/opt/tonny-agent"))
    (folder / "one.so").unlink()
    assert (await _found()).remedy.startswith(f"rm -r {folder.parent} ")
