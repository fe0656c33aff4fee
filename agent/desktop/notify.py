"""Notifications on the desktop: as the freedesktop.org specification 1.2 has them, and
those of macOS by what it brings along."""

import subprocess
import sys

import trio

from agent.commands import Notify
from agent.errors import Unavailable

_SCRIPT = """\
on run argv
    display notification (item 1 of argv) with title (item 2 of argv)
end run"""


async def notify(notice: Notify) -> None:
    """Show *notice*; raises `Unavailable` where there is no desktop to show it."""
    if sys.platform == "linux":
        from agent.desktop.notices import show

        await show(notice)
        return
    # What is to be shown is an argument, and so no part of the script.
    command = ["osascript", "-e", _SCRIPT, notice.text, notice.title]
    try:
        await trio.run_process(command, capture_stdout=True, capture_stderr=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        raise Unavailable(f"no notification can be shown: {exc}") from exc
