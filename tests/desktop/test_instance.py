import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.desktop.instance import AlreadyRunning, only_instance


def test_the_second_is_told_who_is_first(tmp_path: Path) -> None:
    with (
        only_instance(tmp_path),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
        only_instance(tmp_path),
    ):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with only_instance(tmp_path):
            assert (tmp_path / "lock").read_text().startswith(f"{os.getpid()} 20")


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, time\n"
        "from agent.desktop.instance import only_instance\n"
        "with only_instance(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning), only_instance(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with only_instance(tmp_path):
        pass
