"""Everything that happens, published to whoever subscribes: a topic, and the entry.

Topics are the part of us that it is about and the name of the event, such as
``hearing.heard``; a subscription to ``hearing`` gives all of them. Whoever reads too
slowly misses what does not fit, and holds up nobody.
"""

from pathlib import Path

import trio

from agent.control.mailbox import open_mailbox
from agent.hub import Hub
from agent.wire import encode, topic

_LONGEST = 1024
"""Bytes of a subscription, which is all that anybody has to say here."""

_MOST = 1000
"""Entries that wait for each subscriber, and for us."""


def feed_for(control: Path) -> Path:
    """Where the feed is that goes with a control socket."""
    return control.with_suffix(".feed")


async def tell(
    path: Path,
    hub: Hub,
    *,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Publish at *path*; as with `agent.control.server.serve`."""
    opened = open_mailbox(path, "PUB", longest=_LONGEST, most=_MOST)
    async with opened as mailbox:
        with hub.watching(_MOST, closely=True) as entries:
            task_status.started(str(path))
            async for entry in entries:
                mailbox.send([topic(entry.event).encode(), encode(entry)])
