"""What the shells themselves offer after Tab, by the scripts of `completion`."""

import functools
import os
import pty
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.cli.overview import COMMANDS
from tests.e2e.agent_process import run_agent

# What readline does: it splits at "=", too.
_BASH = """
source {script}
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
function=$(complete -p tonny-agent) function=${{function#*-F }} function=${{function%% *}}
$function tonny-agent "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

# At its first prompt it completes the line, and writes down what it would have added.
_ZSH = """
fpath=({folder} $fpath)
autoload -Uz compinit
compinit -u -D
{source}
compadd() {{
    if [[ " $* " != *" -"[AOD]" "* ]]; then
        typeset -a hits
        builtin compadd -A hits "$@"
        print -rl -- $hits >>{found}
    fi
    builtin compadd "$@"
}}
zle-line-init() {{
    BUFFER={line}
    CURSOR=$#BUFFER
    zle complete-word
    BUFFER=exit
    zle accept-line
}}
zle -N zle-line-init
"""


def needs(shell: str) -> str:
    return shutil.which(shell) or pytest.skip(f"not installed: {shell}")


@functools.cache
def script(shell: str) -> str:
    done = run_agent("completion", shell)
    assert done.returncode == 0
    assert done.stderr == b""
    return done.stdout.decode()


def lines(text: str) -> set[str]:
    return {line.rstrip() for line in text.splitlines() if line.strip()}


def in_bash(text: str, line: str, folder: Path) -> set[str]:
    file = folder / "completion"
    file.write_text(text)
    words = " ".join(shlex.quote(word) for word in line.split(" "))
    program = _BASH.format(script=shlex.quote(str(file)), words=words)
    return lines(said([needs("bash"), "--norc", "-c", program], folder))


def in_fish(text: str, line: str, folder: Path) -> set[str]:
    file = folder / "completion"
    file.write_text(text)
    program = f"source {shlex.quote(str(file))}; complete -C {shlex.quote(line)}"
    told = lines(said([needs("fish"), "--no-config", "-c", program], folder))
    return {each.partition("\t")[0] for each in told}


def in_zsh(text: str, line: str, folder: Path, *, source: bool = False) -> set[str]:
    """As it is installed, or read by `source`."""
    zsh = needs("zsh")
    place = folder / ("elsewhere" if source else "functions")
    place.mkdir()
    (place / "_tonny-agent").write_text(text)
    found = folder / "found"
    settings = _ZSH.format(
        folder=shlex.quote(str(folder / "functions")),
        source=f"source {shlex.quote(str(place))}/_tonny-agent" if source else "",
        found=shlex.quote(str(found)),
        line=shlex.quote(line),
    )
    (folder / ".zshrc").write_text(settings)
    keyboard, terminal = pty.openpty()
    try:
        command = [zsh, "--no-globalrcs", "-i"]
        done = subprocess.run(
            command,
            stdin=terminal,
            capture_output=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "ZDOTDIR": str(folder), "TERM": "dumb"},
            timeout=60,
            check=False,
        )
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert done.returncode == 0, done.stderr
    return lines(found.read_text()) if found.exists() else set()


def said(command: list[str], folder: Path) -> str:
    """What it prints in an empty *folder* of its own; it may not complain."""
    empty = folder / "empty"
    empty.mkdir()
    (empty / "recording.wav").touch()
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        command, cwd=empty, env=env, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


SHELLS: dict[str, Callable[[str, str, Path], set[str]]] = {
    "bash": in_bash,
    "fish": in_fish,
    "zsh": in_zsh,
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tonny-agent au", {"audio", "autostart"}),
        ("tonny-agent autostart ", {"enable", "disable", "status"}),
        ("tonny-agent run --pace ", {"real", "fast"}),
        ("tonny-agent completion ", {"bash", "fish", "zsh"}),
    ],
)
def test_a_shell_offers_what_may_follow(
    shell: str, line: str, offered: set[str], tmp_path: Path
) -> None:
    assert SHELLS[shell](script(shell), line, tmp_path) == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_knows_all_commands(shell: str, tmp_path: Path) -> None:
    found = SHELLS[shell](script(shell), "tonny-agent ", tmp_path)
    assert found >= {*COMMANDS}


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_a_shell_names_files_where_one_is_wanted(shell: str, tmp_path: Path) -> None:
    text = script(shell)
    found = SHELLS[shell](text, "tonny-agent transcribe rec", tmp_path)
    assert found == {"recording.wav"}


def test_zsh_completes_with_a_script_that_was_sourced(tmp_path: Path) -> None:
    text = script("zsh")
    found = in_zsh(text, "tonny-agent autostart ", tmp_path, source=True)
    assert found == {"enable", "disable", "status"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_has_nothing_to_say_of_the_script(shell: str, tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_text(script(shell))
    done = subprocess.run(
        [needs(shell), "-n", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert done.stdout == b""
    assert done.returncode == 0
