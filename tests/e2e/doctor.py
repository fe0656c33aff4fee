"""`tonny-agent doctor` as its user runs it, and what it found."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from agent.config.folders import models_dir
from agent.demo import QUESTION
from tests.e2e.agent_process import LIMIT, command

CANARY = "canary-key-5261"
"""For secrets, none of which is ever told."""

QUIET = {"TONNY_AUDIO__MICROPHONE": str(QUESTION), "TONNY_AUDIO__SPEAKER": "none"}

Env: TypeAlias = dict[str, str]


def home(folder: Path) -> Env:
    """A home of one's own in *folder*, where all is well."""
    for name in ("data", "home", "run"):
        (folder / name).mkdir(0o700)
    return {
        **QUIET,
        "HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "TONNY_DATA_DIR": str(folder / "data"),
        "TONNY_MODELS_DIR": os.environ.get("TONNY_MODELS_DIR", str(models_dir())),
    }


def diagnosed(
    env: Env, *arguments: str, before: Sequence[str] = ()
) -> tuple[int, dict[str, Any]]:
    """The exit status and the report; every fault in it has a why and a remedy. *before*
    is what runs the command."""
    done = subprocess.run(
        [*before, *command("doctor", "--json", *arguments)],
        env={**os.environ, **env},
        capture_output=True,
        timeout=LIMIT,
        check=False,
    )
    assert CANARY.encode() not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    for each in report["findings"]:
        if each["severity"] == "fault":
            assert each["remedy"], each
            assert each["why"], each
    return done.returncode, report


def faults(report: dict[str, Any]) -> set[str]:
    """Their codes."""
    found = report["findings"]
    return {each["code"] for each in found if each["severity"] == "fault"}
