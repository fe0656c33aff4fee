"""What `tonny-agent doctor --fix` does by itself: what is safe, and no more."""

import stat
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from agent.config.folders import prepare
from agent.doctor.agent import dead_sockets
from agent.doctor.findings import Finding
from agent.errors import AgentError
from agent.record.sqlite import DATABASE


def mend(
    findings: Sequence[Finding], folder: Path, settings: Path | None
) -> Iterator[str]:
    """Do what helps against *findings*, and tell each thing that was done, or why not."""
    codes = {finding.code for finding in findings}
    if "data-folder.absent" in codes:
        yield from _told(f"made {folder}", lambda: prepare(folder))
    if codes & {"data-folder.open", "files.open"}:
        yield from _private(folder)
        for path in sorted(folder.rglob("*")):
            yield from _private(path)
    if "config.exposed" in codes and settings is not None:
        yield from _private(settings)
    if "agent.sockets" in codes:
        for path in map(Path, dead_sockets()):
            yield from _told(f"removed {path}", path.unlink)
    if any(each.code == "record" and each.severity == "ok" for each in findings):
        yield from _backed_up(folder / DATABASE)


def _backed_up(record: Path) -> Iterator[str]:
    """There is a backup of *record* that was made today; no other goes for it."""
    from agent.record.backups import back_up, backups, made_at

    there = backups(record)
    today = datetime.now().astimezone().date()
    if there and datetime.fromtimestamp(made_at(there[0])).astimezone().date() == today:
        return
    done = f"made a backup of {record}"
    yield from _told(done, lambda: back_up(record, keep=len(there) + 1))


def _private(path: Path) -> Iterator[str]:
    """Nobody but its owner can read *path*."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or not found.st_mode & 0o077:
        return
    wanted = stat.S_IMODE(found.st_mode) & 0o700
    yield from _told(f"chmod {wanted:o} {path}", lambda: path.chmod(wanted))


def _told(done: str, act: Callable[[], object]) -> Iterator[str]:
    try:
        act()
    except (OSError, AgentError) as exc:
        yield f"could not: {done}: {exc}"
    else:
        yield done
