"""The launcher and the set-up, with stand-ins for Python and the package manager.

The whole set-up is what runs these tests; here are the ways in which it can go wrong.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "build").glob("*.lock"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="written for POSIX")


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


class Checkout:
    """A copy of the scripts, in a folder with a blank in its name."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a tonny"
        self.path = folder / "bin"
        shutil.copytree(ROOT / "build", self.root / "build")
        program(self.path / "uname", "echo Linux")
        program(self.path / "id", "echo 1000")
        for name in ("cat", "cp", "dirname", "env", "mkdir", "mktemp", "rm", "sh"):
            found = shutil.which(name)
            assert found is not None
            (self.path / name).symlink_to(found)

    def run(self, script: str, *args: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.root / "build" / script), *args],
            cwd=self.path,
            env={"PATH": str(self.path), "CC": "cc"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def set_up(self) -> None:
        """Leave what a set-up leaves, with a `just` that prints its arguments."""
        lock = (self.root / "build/tools.lock").read_text()
        program(self.root / ".venv/bin/just", 'printf "<%s>" "$@"')
        program(self.root / ".venv/bin/python", "")
        (self.root / ".venv/tools.stamp").write_text(f"{self.root}\n{lock}")

    def python(self, *cases: str) -> None:
        """Put a python3 on the path that does something else in these shell cases."""
        chosen = "\n".join(cases)
        program(
            self.path / "python3",
            f'case "$*" in\n{chosen}\nesac\nexec {shlex.quote(sys.executable)} "$@"',
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path.resolve())


def test_once_set_up_the_launcher_only_hands_over(checkout: Checkout) -> None:
    checkout.set_up()
    done = checkout.run("just", "run", "--microphone", "my voice.wav")
    justfile = checkout.root / "justfile"
    assert done.stdout == f"<--justfile><{justfile}><run><--microphone><my voice.wav>"
    assert done.stderr == ""


def test_a_moved_checkout_is_set_up_again(checkout: Checkout) -> None:
    checkout.set_up()
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    done = checkout.run("just")
    assert done.returncode == 69
    assert "no Python 3.11" in done.stderr


def test_a_python_that_is_too_old_is_not_used(checkout: Checkout) -> None:
    checkout.python("*version_info*) exit 1 ;;")
    done = checkout.run("just")
    assert done.returncode == 69
    assert "no Python 3.11, 3.12 or 3.13 found" in done.stderr
    assert not (checkout.root / ".venv").exists()


def test_without_the_network_it_says_so(checkout: Checkout) -> None:
    checkout.python(
        '*"-m venv"*) mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; exit ;;',
        '*"-m pip"*) exit 1 ;;',
    )
    done = checkout.run("just")
    assert done.returncode == 69
    assert "is the network there?" in done.stderr
    assert not (checkout.root / ".venv/tools.stamp").exists()


def test_without_the_venv_module_and_without_rights_it_names_the_command(
    checkout: Checkout,
) -> None:
    checkout.python("*ensurepip*) exit 1 ;;")
    program(checkout.path / "apt-get", "exit 1")
    done = checkout.run("just")
    package = f"python3.{sys.version_info.minor}-venv"
    assert done.returncode == 69
    assert f"As root, run: apt-get install {package}" in done.stderr


def test_what_is_missing_is_installed_through_sudo(checkout: Checkout) -> None:
    checkout.python()
    program(checkout.path / "sudo", '[ "$1" = -n ] || exec "$@"')
    program(
        checkout.path / "apt-get",
        'case "$*" in *"-y --no-install-recommends gcc libc6-dev") cp uname cc ;; esac',
    )
    done = checkout.run("system-packages", "python3", "compiler")
    assert done.returncode == 0, done.stderr
    assert "running: sudo apt-get install gcc libc6-dev" in done.stderr


def test_what_could_not_be_installed_is_said(checkout: Checkout) -> None:
    checkout.python()
    program(checkout.path / "sudo", '[ "$1" = -n ] || exec "$@"')
    program(checkout.path / "apt-get", 'echo "no such mirror"; exit 100')
    done = checkout.run("system-packages", "python3", "compiler")
    assert done.returncode == 69
    assert "no such mirror" in done.stderr
    assert "By hand: sudo apt-get install gcc libc6-dev" in done.stderr


def test_what_is_there_is_not_installed(checkout: Checkout) -> None:
    checkout.python()
    program(checkout.path / "cc", "")
    done = checkout.run("system-packages", "python3", "compiler", "venv")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_by_hash_and_names_no_place(lock: Path) -> None:
    text = lock.read_text()
    pins = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert pins
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert re.findall(r"://|--(?:extra-)?index|--find-links", text) == []


def test_the_lock_covers_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[^\w.-]", line)[0].lower() for line in asked}
    lock = (ROOT / "build/requirements.lock").read_text()
    assert names - set(re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE)) == set()


def test_what_the_readme_names_there_is() -> None:
    recipes = re.findall(r"^(\w+).*:", (ROOT / "justfile").read_text(), re.MULTILINE)
    named = re.findall(r"\./build/just (\w+)", (ROOT / "README.md").read_text())
    assert {"demo", "test"} <= set(named) <= set(recipes)


@pytest.mark.parametrize(
    "script", ["docs", "just", "lock", "picture", "rigs", "setup", "system-packages"]
)
def test_a_script_is_plain_posix_shell(script: str) -> None:
    dash = shutil.which("dash")
    if dash is None:
        pytest.skip("no dash")
    assert (
        subprocess.run([dash, "-n", ROOT / "build" / script], check=False).returncode
        == 0
    )
