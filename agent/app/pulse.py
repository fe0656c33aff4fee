"""Tells the service manager that Tonny is ready, how it is, and that it still lives.

It lives as long as frames of sound keep coming (or there is no microphone, which is
known and being seen to) and the record can be reached. When either hangs nothing is
said, and the service manager starts Tonny again.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import trio

from agent.core.health import Health
from agent.desktop.superior import Superior
from agent.errors import AgentError
from agent.events import Lost, Ready
from agent.hub import Hub

MICROPHONE = "microphone"


class Frames(Protocol):
    """An ear: *frames* is how many it has heard."""

    @property
    def frames(self) -> int: ...


class Record(Protocol):
    async def touch(self) -> None:
        """Return once the thread that writes has been there."""


class Pulse:
    """Only a *live* microphone is watched, unless it is *muted*, which means closed: a
    file may wait, and ends."""

    def __init__(
        self,
        superior: Superior,
        record: Record,
        ear: Frames,
        *,
        live: bool,
        muted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._superior = superior
        self._record = record
        self._ear = ear
        self._live = live
        self._muted = muted
        self._health = Health()
        self._ready = False
        self._said = ""

    async def run(self, hub: Hub) -> None:
        """Until Tonny ends."""
        with hub.watching(1000) as entries:
            async with trio.open_nursery() as nursery:
                if self._superior.every is not None:
                    # One beat may be left out, when a microphone is only just back.
                    nursery.start_soon(self._beat, self._superior.every / 4)
                try:
                    async for entry in entries:
                        self._health = self._health.after(entry.event, entry.at)
                        if isinstance(entry.event, Ready | Lost):
                            self._report(entry.event.name)
                finally:
                    self._superior.tell(STOPPING=1)
                nursery.cancel_scope.cancel()

    def _report(self, about: str) -> None:
        """Ready is who has looked for a microphone, there or not."""
        if about == MICROPHONE and not self._ready:
            self._ready = True
            self._superior.tell(READY=1)
        if (now := self._condition()) != self._said:
            self._said = now
            self._superior.tell(STATUS=now)

    def _condition(self) -> str:
        parts = self._health.parts
        away = [
            f"{name}: {part.reason}" for name, part in parts.items() if not part.well
        ]
        if away:
            return "degraded: " + "; ".join(away)
        microphone = parts.get(MICROPHONE)
        return f"listening to {microphone.detail}" if microphone else "starting"

    async def _beat(self, interval: float) -> None:
        before = -1
        while True:
            frames = self._ear.frames
            if self._hears(before, frames):
                # A full disk is no reason to begin anew; a thread that hangs does not
                # come back from there.
                with suppress(AgentError):
                    await self._record.touch()
                self._superior.tell(WATCHDOG=1)
            before = frames
            await trio.sleep(interval)

    def _hears(self, before: int, frames: int) -> bool:
        microphone = self._health.parts.get(MICROPHONE)
        absent = microphone is None or not microphone.well
        excused = absent or not self._live or self._muted()
        return excused or frames > before
