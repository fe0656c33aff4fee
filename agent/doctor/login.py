"""Whether what starts at log-in is this program, and how it went the last time."""

from collections.abc import Sequence
from pathlib import Path

import trio

from agent.desktop import autostart
from agent.desktop.autostart.program import this_program
from agent.desktop.laststart import last_start
from agent.doctor.findings import Finding, fault, note, ok

_AGAIN = "tonny-agent autostart enable"


async def check_login(folder: Path) -> Sequence[Finding]:
    """Nothing is wrong with a Tonny that is started by hand."""
    return await trio.to_thread.run_sync(_look, folder)


def _look(folder: Path) -> Sequence[Finding]:
    found = autostart.standing(this_program(), autostart.ways())
    if found.by is None:
        return [ok("autostart", "Tonny does not start at log-in.")]
    if not found.enabled:
        title = f"What starts Tonny at log-in ({found.file}) is switched off."
        return [note("autostart.off", title, _AGAIN)]
    if found.problem:
        title = f"What starts at log-in ({found.file}) is not right: {found.problem}."
        return [fault("autostart", title, _AGAIN)]
    last = last_start(folder)
    if last is not None and last.outcome == "failed":
        title = f"The last start at log-in failed: {last.as_text()}."
        return [fault("autostart.failed", title, "Mend that, then log in again.")]
    return [ok("autostart", f"Tonny starts at log-in, by {found.by}.")]
