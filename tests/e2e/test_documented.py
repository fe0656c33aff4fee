"""The example in docs/control.md runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.agent_process import command, run_agent, silence, write_wav

DOCUMENT = Path(__file__).parents[2] / "docs/control.md"


def test_the_example_of_a_program_that_asks(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("TONNY_DATA_DIR", str(tmp_path / "data"))
    scripts = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{scripts}:{os.environ['PATH']}")
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    quiet = write_wav(tmp_path / "quiet.wav", [silence(60)])
    arguments = command("run", "--microphone", quiet, "--speaker", "none", "--json")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        for line in agent.stdout:
            if b'"name":"control"' in line:
                break
        done = subprocess.run(
            [sys.executable, "-c", example], capture_output=True, timeout=60, check=True
        )
        assert done.stdout.startswith(b"It is ")
        assert run_agent("shutdown").returncode == 0
        agent.communicate(timeout=20)
    assert agent.returncode == 0
