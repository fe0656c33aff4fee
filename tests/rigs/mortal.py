"""Commands that run with less power than root has, or in a world of their own."""

import os
import shutil
import subprocess
from shlex import quote

import pytest

_POWERS = "-dac_override,-dac_read_search"


def mortal() -> list[str]:
    """What to put before a command that has to keep to the modes of files."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may read and write anything, and there is no setpriv")
    return [setpriv, f"--bounding-set={_POWERS}", f"--inh-caps={_POWERS}"]


def mounting(*commands: str) -> list[str]:
    """What to put before a command that sees what these shell *commands* mount."""
    unshare = shutil.which("unshare")
    allowed = unshare and subprocess.run(
        [unshare, "--mount", "true"], capture_output=True, check=False
    )
    if not unshare or not allowed or allowed.returncode:
        pytest.skip("nothing can be mounted by this user (unshare --mount)")
    script = " && ".join([*commands, 'exec "$@"'])
    return [unshare, "--mount", "sh", "-euc", script, "sh"]


def quoted(path: object) -> str:
    return quote(str(path))
