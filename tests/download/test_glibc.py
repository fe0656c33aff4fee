"""The download promises to run with a C library that is some years old."""

import shutil
import subprocess
from pathlib import Path

import pytest

from download import glibc

PROGRAM = (
    "#include <math.h>\nint main(int n, char **x) { return (int)hypot(n, (long)x); }"
)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Uses a function that glibc 2.35 made anew."""
    if shutil.which("objdump") is None or shutil.which("gcc") is None:
        pytest.skip("not installed: gcc and binutils")
    (tmp_path / "program.c").write_text(PROGRAM)
    made = tmp_path / "program"
    source = tmp_path / "program.c"
    subprocess.run(["gcc", "-fno-builtin", source, "-o", made, "-lm"], check=True)
    return made


def test_what_is_needed_is_read_from_the_program(program: Path) -> None:
    assert glibc.needed(program) >= (2, 34)
    assert glibc.needed(program.with_suffix(".c")) == (0, 0)


def test_what_needs_a_newer_one_is_not_shipped(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glibc, "OLDEST", glibc.needed(program))
    glibc.check(program.parent)
    monkeypatch.setattr(glibc, "OLDEST", (2, 17))
    with pytest.raises(SystemExit, match=r"glibc 2\.17 is promised, but program needs"):
        glibc.check(program.parent)


def test_the_promise_is_the_one_in_the_readme_and_the_package() -> None:
    root = Path(__file__).parents[2]
    promised = ".".join(map(str, glibc.OLDEST))
    assert f"glibc {promised} or later" in (root / "README.md").read_text("utf-8")
    recipe = (root / "packaging/linux/nfpm.yaml").read_text("utf-8")
    assert f"libc6 (>= {promised})" in recipe
