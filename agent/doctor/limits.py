"""Whether the operating system lets a program do what Tonny does."""

import sys
from collections.abc import Sequence

from agent.doctor.findings import Finding, fault, ok

FILES = 256
"""Files that may be open at a time; a busy conversation has some sixty."""


async def check_limits() -> Sequence[Finding]:
    """Of open files, where there is such a limit."""
    if sys.platform == "win32":
        return []
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        remedy = f"ulimit -n {1024 if hard < 0 else min(1024, hard)}"
        if 0 <= hard < FILES:  # which only root can raise
            remedy = (
                "sudo prlimit --pid $$ --nofile=1024:1024, and start Tonny from here"
            )
        title = f"Only {soft} files may be open at a time; Tonny wants {FILES}."
        return [fault("limits.files", title, remedy)]
    return [ok("limits.files", "Enough files may be open at a time.")]
