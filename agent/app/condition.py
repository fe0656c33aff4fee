"""How a running agent is, put together from those who know."""

import os
import time
from collections.abc import Callable

import msgspec

from agent import __version__, memory
from agent.app.attention import Attention
from agent.app.oversight import Oversight
from agent.app.tongue import Tongue
from agent.control.standing import Queue, Standing, State
from agent.control.troubles import troubles
from agent.core.activity import Activity
from agent.events import Entry

_FRESH = 1.0
"""Seconds for which the size of the queue need not be looked up again."""


class Place(msgspec.Struct, frozen=True):
    """What does not change while it runs: its data *folder*, its *session* and since
    when that is."""

    folder: str
    session: str
    since: float


class Condition:
    """`see` has to be shown what happens; *level* tells how loud the microphone is."""

    def __init__(
        self,
        place: Place,
        attention: Attention,
        tongue: Tongue,
        oversight: Oversight,
        level: Callable[[], float | None],
    ) -> None:
        self.ending = False
        self.control = self.events = ""
        """Where it can be reached, once it can."""
        self.quickness = oversight.quickness
        self._place = place
        self._attention = attention
        self._tongue = tongue
        self._oversight = oversight
        self._level = level
        self._activity = Activity()
        self._queue = Queue()
        self._looked = float("-inf")

    def see(self, entry: Entry) -> None:
        self._activity = self._activity.after(entry.event)
        self.quickness.feed(entry.event, entry.at)

    async def standing(self) -> Standing:
        """How things are now."""
        now, muting = time.time(), self._attention.muting
        if abs(now - self._looked) > _FRESH:
            self._queue, self._looked = await self._oversight.queue(), now
        standing = Standing(
            self._state,
            self._attention.mode,
            muting.name,
            self._attention.server,
            self._oversight.integrations,
            self._queue,
            self._tongue.waiting,
            self._oversight.quota,
            speaker=self._tongue.speaker,
            underruns=self._oversight.underruns,
            muted=muting.muted,
            level=None if muting.muted else self._level(),
            turn=self._activity.turn,
            since=self._place.since,
            uptime=max(0.0, now - self._place.since),
            memory=memory.resident(),
            pid=os.getpid(),
            version=__version__,
            session=self._place.session,
            folder=self._place.folder,
            control=self.control,
            events=self.events,
            replaced=self._oversight.replaced,
        )
        return msgspec.structs.replace(standing, troubles=troubles(standing, now))

    @property
    def _state(self) -> State:
        if self.ending:
            return "shutting down"
        parts = self._oversight.vitals.health.parts.values()
        lost = any(not part.well for part in parts)
        doing = self._activity.doing
        return "degraded" if lost and doing == "ready" else doing
