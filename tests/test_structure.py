"""The shape of the project, where import-linter's contracts cannot see it."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from agent import __version__

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "agent").rglob("*.py"))
PURE = [
    ROOT / "agent/errors.py",
    *sorted((ROOT / "agent/events").glob("*.py")),
    ROOT / "agent/commands.py",
    *sorted((ROOT / "agent/core").glob("*.py")),
]
TOP_LEVEL = {
    *(".ci", "agent", "build", "docs", "packaging", "tests"),
    *(".gitignore", "agent.toml", "justfile", "pyproject.toml"),
    *("CHANGELOG.md", "LICENSE", "NOTICE", "README.md"),
}
# Registries and places of one machine; split, so that this file does not find itself.
FOREIGN = (
    r"pypi\.(?:o)rg",
    r"python(?:h)osted",
    r"registry\.(?:n)pmjs",
    r"deb\.(?:d)ebian",
    r"/(?:w)ork/",
    r"/(?:v)ar/tmp",
    r"/(?:r)oot/",
)


def _names(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that is, or would be, committed."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no git checkout")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listing.split("\0") if (path := ROOT / name).is_file()]


def test_there_is_one_sqlite() -> None:
    """With two in one process, each breaks the other's locks; and the download carries
    only one."""
    using = {
        _names(module)
        for module in MODULES
        if re.search(
            r"^\s*(import|from) (py)?sqlite3\b", module.read_text("utf-8"), re.MULTILINE
        )
    }
    assert using == {"agent/record/sqlite.py"}


@pytest.mark.parametrize("module", MODULES, ids=_names)
def test_a_module_has_one_idea(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("module", MODULES, ids=_names)
def test_a_module_says_what_it_is_for(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("module", PURE, ids=_names)
def test_decisions_touch_nothing(module: Path) -> None:
    """What needs no import, and so escapes the contract on imports."""
    effects = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name("open" | "print" | "input" | "exec" | "eval")):
                effects.append(ast.unparse(node))
            case ast.AsyncFunctionDef() | ast.Await() | ast.Global():
                effects.append(ast.unparse(node))
    assert effects == []


def test_the_top_level_holds_what_it_always_did(tracked: list[Path]) -> None:
    found = {path.relative_to(ROOT).parts[0] for path in tracked}
    assert found - TOP_LEVEL == set()


def test_no_file_names_the_machine_it_was_written_on(tracked: list[Path]) -> None:
    foreign = re.compile("|".join(FOREIGN))
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # sound, not text
        found += [f"{_names(path)}: {match}" for match in foreign.findall(text)]
    assert found == []


def test_tests_are_no_package() -> None:
    """An `__init__.py` would make pytest's importlib mode import them twice."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_change_log_speaks_of_this_version() -> None:
    assert __version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_groups_of_exceptions_are_split_by_types() -> None:
    """By functions they cannot be, once compiled: they are none to CPython then."""
    for file in sorted((ROOT / "agent").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr != "subgroup":
                    continue
                (by,) = node.args
                place = f"{file}:{node.lineno}"
                assert isinstance(by, ast.Name), place  # a class, or a tuple of them
                assert by.id.lstrip("_")[0].isupper(), place
