"""Speech that nothing could transcribe is tried again when something can."""

from collections.abc import Container

import trio

from agent.app.session import Session
from agent.events import Heard
from agent.pipeline.recall import Recalling, recall, wake_when_back


async def keep_recalling(
    session: Session,
    recalling: Recalling,
    ears: Container[str],
    heard: trio.MemorySendChannel[Heard],
) -> None:
    """What was kept, as soon as one of *ears* (by name) is back; until Tonny ends."""
    tell, wake = trio.open_memory_channel[None](1)
    with session.hub.watching(1000) as entries, tell, wake:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wake_when_back, entries, ears, tell)
            await recall(wake, recalling, heard, session.hub.publish)
